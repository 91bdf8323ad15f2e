import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { fileCursor } from "../../../offchain/worker/cursor.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vouch-worker-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("fileCursor", () => {
  it("is none until it is saved, then what was saved last", async () => {
    const path = join(folder, "deep", "cursor.json");
    const cursor = fileCursor(path);
    expect(cursor.load()).to.be.undefined;
    await cursor.save(7);
    await cursor.save(12);
    expect(cursor.load()).to.equal(12);
    expect(fileCursor(path).load()).to.equal(12);
    expect(readdirSync(join(folder, "deep"))).to.deep.equal(["cursor.json"]);
  });

  for (const text of [
    "",
    "{",
    "null",
    '{"nextBlock":-1}',
    '{"nextBlock":1.5}',
    '{"nextBlock":"7"}',
  ]) {
    it(`is none where the file holds ${JSON.stringify(text)}`, () => {
      const path = join(folder, "cursor.json");
      writeFileSync(path, text);
      expect(fileCursor(path).load()).to.be.undefined;
    });
  }
});
