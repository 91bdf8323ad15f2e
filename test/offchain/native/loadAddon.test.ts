import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NativeError } from "@vouch/native";
import { expect } from "chai";
import { loadAddon } from "../../../offchain/native/addon.ts";
import { temporaryFolder } from "../prover/fixture.ts";

describe("loadAddon", () => {
  it("refuses what lacks a function, as a binary of another version may", async () => {
    const path = join(temporaryFolder(), "older.cjs");
    await writeFile(path, 'exports.version = () => "0.0.1"; exports.prove = () => undefined;');
    expect(() => loadAddon(path))
      .to.throw(NativeError)
      .with.property("code", "BINARY_UNUSABLE");
  });
});
