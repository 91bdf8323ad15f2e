import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { checkLinks } from "../../../scripts/docs/site/checkLinks.ts";
import { headingAnchor } from "../../../scripts/docs/site/headingAnchor.ts";
import { linkOutside } from "../../../scripts/docs/site/linkOutside.ts";
import { unlisted } from "../../../scripts/docs/site/sidebar.ts";

describe("the documentation's site", () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "vouch-site-"));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  };

  describe("checkLinks", () => {
    beforeEach(async () => {
      await write("index.html", `<h2 id="top"></h2><a href="/guide/a.html#one">a</a>`);
      await write("guide/a.html", `<h2 id="one"></h2><a href="../index.html#top">b</a>`);
    });

    it("finds nothing where every link leads somewhere", async () => {
      expect(await checkLinks(folder, "/")).to.deep.equal([]);
    });

    for (const [what, html] of [
      ["a page that is not there", `<a href="./b.html">b</a>`],
      ["a heading that is not there", `<a href="/index.html#bottom">b</a>`],
      ["a link out of the site's base", `<a href="/elsewhere/">b</a>`],
      ["what the page would fetch from elsewhere", `<script src="https://cdn.example/a.js">`],
    ] as const) {
      it(`finds ${what}`, async () => {
        await write("guide/c.html", html);
        expect((await checkLinks(folder, "/")).map(({ at }) => at)).to.deep.equal(["guide/c.html"]);
      });
    }
  });

  it("gives headings the anchors that repository hosts give them", () => {
    expect(headingAnchor("9. Batches")).to.equal("9-batches");
    expect(headingAnchor("What `zk:any` takes, and why")).to.equal("what-zkany-takes-and-why");
  });

  it("leads from a page to the pages that show files outside docs/", () => {
    expect(linkOutside("how-to/sdk.md", "../../contracts/StakeVault.sol")).to.equal(
      "../reference/source/contracts/StakeVault.sol.md",
    );
    expect(linkOutside("how-to/sdk.md", "../gateway.md")).to.equal("../gateway.md");
  });

  it("has no page that nobody would find", async () => {
    await write("a.md", "# A");
    await write("b.md", "# B");
    expect(await unlisted(folder, [{ title: "T", pages: ["a"] }])).to.deep.equal(["b"]);
  });
});
