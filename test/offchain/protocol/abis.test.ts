import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { abiFiles } from "../../../scripts/writeAbis.ts";

const FOLDER = resolve(import.meta.dirname, "../../../offchain/protocol/abi");

describe("the ABIs that TypeScript speaks to", () => {
  it("are those of the contracts: `npm run abis` writes them", async () => {
    const files = await abiFiles();
    expect(readdirSync(FOLDER).sort()).to.deep.equal([...files.keys()].sort());
    for (const [name, text] of files)
      expect(readFileSync(join(FOLDER, name), "utf8"), name).to.equal(text);
  });
});
