// What a stranger does with the packages, from nothing: they are packed, held to what others expect of packages, and installed.
import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";

const ROOT = resolve(import.meta.dirname, "../..");
const MINUTE = 60_000;

describe("the packages", function () {
  this.timeout(15 * MINUTE);
  if (process.env["VOUCH_DEEP"] !== "1") {
    process.stderr.write("\n  NOT TRIED: the packages as a newcomer has them: VOUCH_DEEP=1.\n");
    return;
  }
  const npmRun = async (script: string, env: NodeJS.ProcessEnv = {}): Promise<string> => {
    const { stdout } = await promisify(execFile)("npm", ["run", "--silent", script], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      maxBuffer: 1 << 28,
    });
    return stdout;
  };
  before(() => npmRun("pack"));

  it("are what Node, TypeScript and bundlers expect", async () => {
    expect(await npmRun("pack:check")).to.include("ok   create-vouch-app");
  });

  it("give a newcomer a verified inference by the tutorial", async () => {
    const said = JSON.parse(await npmRun("newcomer", { NEWCOMER_PACKED: "1" })) as {
      readonly verified: readonly string[];
    };
    expect(said.verified).to.include.members(["signature", "zk"]);
  });
});
