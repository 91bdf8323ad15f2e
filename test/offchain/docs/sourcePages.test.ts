import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { writePages } from "../../../scripts/docs/reference/page.ts";
import { sourcePages } from "../../../scripts/docs/reference/sourcePages.ts";

describe("sourcePages", () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "vouch-sources-"));
    for (const [path, text] of [
      ["docs/a.md", "[B](../contracts/B.sol), [all](../models)"],
      ["contracts/B.sol", "contract B {}"],
      ["models/c.json", "{}"],
    ] as const) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
  });

  afterEach(() => rm(root, { recursive: true, force: true }));

  it("shows what pages link to, and keeps it out of the search", async () => {
    await writePages(join(root, "docs"), [
      ...(await sourcePages(root)),
      { path: "tasks/d", text: "# D" },
    ]);
    const page = (path: string): Promise<string> =>
      readFile(join(root, "docs/reference", `${path}.md`), "utf8");
    for (const path of ["contracts/B.sol", "models", "models/c.json"])
      expect(await page(`source/${path}`)).to.match(/^---\n(?:.*\n)*search: false\n---\n/u);
    expect(await page("tasks/d")).to.not.include("search: false");
  });
});
