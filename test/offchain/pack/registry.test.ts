import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import type { Registry } from "../../../scripts/pack/registry.ts";
import { serveRegistry } from "../../../scripts/pack/registry.ts";

const UPSTREAM = "http://upstream.invalid/";
const MANIFEST = { name: "@some/thing", version: "1.2.3", dependencies: { other: "4.5.6" } };

describe("serveRegistry", () => {
  let folder: string;
  let registry: Registry;
  const bytes = gzipSync(tarOf("package/package.json", JSON.stringify(MANIFEST)));
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "vouch-registry-"));
    writeFileSync(join(folder, "some-thing-1.2.3.tgz"), bytes);
    writeFileSync(join(folder, "notes.txt"), "no package");
    registry = await serveRegistry(folder, UPSTREAM);
  });
  after(async () => {
    await registry.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("says of a package what its tarball says, and where that is", async () => {
    const answer = await fetch(`${registry.url}@some%2fthing`);
    const { versions, ...rest } = (await answer.json()) as {
      readonly versions: Readonly<Record<string, { readonly dist: { readonly tarball: string } }>>;
    };
    expect(rest).to.deep.equal({ name: "@some/thing", "dist-tags": { latest: "1.2.3" } });
    expect(versions["1.2.3"]).to.deep.include(MANIFEST);
    const tarball = await fetch(versions["1.2.3"]?.dist.tarball ?? "");
    expect(Buffer.from(await tarball.arrayBuffer()).equals(bytes)).to.be.true;
  });

  it("sends whoever asks for anything else on", async () => {
    for (const path of ["ethers", "@other/thing", "ethers/-/ethers-6.17.0.tgz"]) {
      const { status, headers } = await fetch(registry.url + path, { redirect: "manual" });
      expect([status, headers.get("location")]).to.deep.equal([302, UPSTREAM + path]);
    }
  });
});

/** One file as tar keeps it (POSIX.1-1988, ustar): a block of header, and the text to whole blocks. */
function tarOf(name: string, text: string): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(text.length.toString(8).padStart(11, "0"), 124);
  const body = Buffer.alloc(Math.ceil(text.length / 512) * 512);
  body.write(text);
  return Buffer.concat([header, body, Buffer.alloc(1024)]);
}
