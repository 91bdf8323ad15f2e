import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { openKey } from "@vouch/worker";
import { expect } from "chai";
import { Wallet } from "ethers";
import { codeOfPromise } from "../../helpers/codeOf.ts";

const KEY = `0x${"4c".repeat(32)}`;
const { address } = new Wallet(KEY);
const PASSWORD = "correct horse";

describe("openKey", () => {
  let folder = "";
  let keystore = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "vouch-key-"));
    keystore = new Wallet(KEY).encryptSync(PASSWORD);
  }).timeout(60_000);
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function source(content: string, password?: string) {
    const at = { file: join(folder, "key"), passwordFile: "", passwordEnv: "PASSWORD" };
    writeFileSync(at.file, content);
    if (password === undefined) return at;
    writeFileSync(join(folder, "password"), password);
    return { ...at, passwordFile: join(folder, "password") };
  }

  it("takes 32 bytes in hex, with and without 0x", async () => {
    expect((await openKey(source(KEY), {})).address).to.equal(address);
    expect((await openKey(source(`${KEY.slice(2)}\n`), {})).address).to.equal(address);
  });

  it("takes a keystore by the password of a file, or of a variable", async () => {
    expect((await openKey(source(keystore, `${PASSWORD}\n`), {})).address).to.equal(address);
    const env = { PASSWORD };
    expect((await openKey(source(keystore), env)).address).to.equal(address);
  }).timeout(60_000);

  for (const [what, content, password] of [
    ["nothing", "", undefined],
    ["a short key", KEY.slice(0, 60), undefined],
    ["half a keystore", '{"crypto":', PASSWORD],
  ] as const) {
    it(`refuses a file that holds ${what}`, async () => {
      expect(await codeOfPromise(openKey(source(content, password), {}))).to.equal(
        "KEY_UNREADABLE",
      );
    });
  }

  it("refuses a keystore without a password, and with another", async () => {
    expect(await codeOfPromise(openKey(source(keystore), {}))).to.equal("KEY_UNREADABLE");
    const error = await openKey(source(keystore, "wrong horse"), {}).catch((it: unknown) => it);
    expect(error).to.have.property("code", "KEY_UNREADABLE");
    expect(error).to.not.have.property("cause");
    expect(String(error)).to.not.include("wrong horse");
  }).timeout(60_000);

  for (const [what, change, secret] of [
    ["a key for its file's name", { file: KEY }, KEY.slice(2)],
    ["a phrase for its file's name", { file: "test test junk" }, "junk"],
    ["a password for its file's name", { passwordFile: PASSWORD }, PASSWORD],
    ["a password for its variable's name", { passwordEnv: PASSWORD }, PASSWORD],
  ] as const)
    it(`refuses ${what}, and does not repeat it`, async () => {
      const error = await openKey({ ...source(keystore), ...change }, {}).catch(
        (it: unknown) => it,
      );
      expect(error).to.have.property("code", "KEY_UNREADABLE");
      expect(inspect(error, { depth: 9 })).to.not.include(secret);
    });

  it("refuses a file that is missing, and none at all", async () => {
    const nowhere = { passwordFile: "", passwordEnv: "X" };
    for (const file of ["", join(folder, "none")])
      expect(await codeOfPromise(openKey({ ...nowhere, file }, {}))).to.equal("KEY_UNREADABLE");
  });
});
