import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { fileBytes, writeOnce } from "../../../../offchain/worker/duties/keptBytes.ts";
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

describe("writeOnce", () => {
  it("leaves what another process has written, and nothing beside it", () => {
    const folder = fresh();
    const path = join(folder, "secret");
    writeOnce(path, "of the first");
    writeOnce(path, "of the second");
    expect(readFileSync(path, "utf8")).to.equal("of the first");
    expect(readdirSync(folder)).to.deep.equal(["secret"]);
  });

  it("says that it cannot write", () => {
    const folder = fresh();
    writeFileSync(join(folder, "file"), "");
    expect(
      codeOf(() => {
        writeOnce(join(folder, "file", "below"), "");
      }),
    ).to.equal("STORE_UNWRITABLE");
  });
});
