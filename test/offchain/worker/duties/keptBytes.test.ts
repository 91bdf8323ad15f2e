import { mkdtempSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { fileBytes } from "../../../../offchain/worker/duties/keptBytes.ts";
import { codeOf } from "../../../helpers/codeOf.ts";

const fresh = (): string => mkdtempSync(join(tmpdir(), "vouch-"));
const NAME = id("name") as Hex;

describe("fileBytes", () => {
  it("gives another process what it saved, and nobody else", () => {
    const folder = join(fresh(), "proofs");
    fileBytes(folder).save(NAME, "0x1234");
    expect(fileBytes(folder).load(NAME)).to.equal("0x1234");
    expect(statSync(join(folder, `${NAME}.hex`)).mode & 0o077).to.equal(0);
  });

  it("counts what is no hex as absent", () => {
    const folder = fresh();
    for (const text of ["", "0x", "0x123", "torn"]) {
      writeFileSync(join(folder, `${NAME}.hex`), text);
      expect(fileBytes(folder).load(NAME)).to.equal(undefined);
    }
  });

  it("says that it cannot write", () => {
    const folder = fresh();
    writeFileSync(join(folder, "file"), "");
    const kept = fileBytes(join(folder, "file", "below"));
    expect(
      codeOf(() => {
        kept.save(NAME, "0x12");
      }),
    ).to.equal("STORE_UNWRITABLE");
  });
});
