import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "@vouch/protocol";
import { manifestHash } from "@vouch/protocol";
import { expect } from "chai";
import { openManifests } from "../../../offchain/explorer/server/openManifests.ts";

const encoding = { mode: "public", elements: 2, bits: 8, signed: true, fractionBits: 4 } as const;
const MANIFEST: Manifest = {
  format: "vouch.manifest/1",
  ...{ compiler: "@vouch/compiler 0.1.0", model: "m", version: "1" },
  input: { name: "x", shape: [2], encoding },
  output: { name: "y", shape: [2], encoding },
  quantization: { weightBits: 8, activationBits: 8 },
  calibration: {},
  report: { rows: 0, maxAbsError: 0, meanAbsError: 0 },
};
const HASH = manifestHash(MANIFEST);
const RELEASE = `0x${"01".repeat(32)}`;

describe("openManifests", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "vouch-manifests-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const write = (folder: string, text: string): void => {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, "manifest.json"), text);
  };

  it("finds a manifest by its hash, as it is written", async () => {
    const text = `${JSON.stringify(MANIFEST, null, 2)}\n`;
    write(RELEASE, text);
    expect(await openManifests([join(root, "none"), root])(HASH)).to.equal(text);
  });

  it("finds what comes later, once a second has passed", async () => {
    const find = openManifests([root]);
    expect(await find(HASH)).to.equal(undefined);
    write(RELEASE, JSON.stringify(MANIFEST));
    const givesUpAt = performance.now() + 5_000;
    while ((await find(HASH)) === undefined && performance.now() < givesUpAt)
      await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await find(HASH)).to.equal(JSON.stringify(MANIFEST));
  });

  it("passes over what is no manifest, and what is in no release's folder", async () => {
    write(RELEASE, "{");
    write(`0x${"02".repeat(32)}`, '{"format":"vouch.manifest/1"}');
    write(`0x${"03".repeat(32)}`, "null");
    write("other", JSON.stringify(MANIFEST));
    expect(await openManifests([root])(HASH)).to.equal(undefined);
    expect(await openManifests([root])("0x")).to.equal(undefined);
  });
});
