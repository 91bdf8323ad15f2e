// A stranger's project with Hardhat and one with Foundry: they take the packed packages, compile and test.
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { layOut, packSolidity, run } from "../helpers/samples.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const LIMIT = 20;
/** What solc says of the mock, which must not be there; test runners take it. */
const TOO_LARGE_FOR_A_LIVE_CHAIN =
  /^Warning: Contract (?:init)?code size is [^\n]*\n\s*--> [^\n]*MockVouch\.sol:/gm;
const isDeep = process.env["VOUCH_DEEP"] === "1";
const hasForge = existsSync(join(ROOT, "node_modules/.bin/forge"));

describe("the samples", () => {
  const consumer = (path: string): string => readFileSync(join(ROOT, "samples", path), "utf8");

  it(`integrate in under ${LIMIT} lines, the same in both`, () => {
    const text = consumer("hardhat/contracts/LoanDesk.sol");
    expect(consumer("foundry/src/LoanDesk.sol")).to.equal(text);
    expect(statementsOf(text)).to.have.length.below(LIMIT);
    expect(statementsOf("contract A {\n    uint256 public a;\n\n    // Why.\n}\n")).to.have.length(
      2,
    );
  });

  it("have the same test", () => {
    const test = consumer("hardhat/test/LoanDesk.t.sol");
    expect(consumer("foundry/test/LoanDesk.t.sol")).to.equal(
      test.replace("../contracts/LoanDesk.sol", "../src/LoanDesk.sol"),
    );
    expect(consumer("foundry/remappings.txt")).to.equal(
      readFileSync(join(ROOT, "contracts/remappings.txt"), "utf8"),
    );
  });

  if (!isDeep) {
    process.stderr.write(
      "\n  NOT TRIED: the samples on packed packages: they take VOUCH_DEEP=1.\n",
    );
    return;
  }
  if (!hasForge)
    process.stderr.write(
      "\n  NOT TRIED: the sample of Foundry: there is no forge for this system.\n",
    );

  describe("given the packed packages", () => {
    const folder = mkdtempSync(join(tmpdir(), "vouch-samples-"));
    const tarballs = mkdtempSync(join(tmpdir(), "vouch-tarballs-"));
    before(() => packSolidity(tarballs));
    after(() => {
      for (const it of [folder, tarballs]) rmSync(it, { recursive: true, force: true });
    });

    it("compile and pass with Hardhat, in Solidity and in TypeScript", async () => {
      const project = join(folder, "hardhat");
      await layOut("samples/hardhat", tarballs, project);
      const { code, output } = await run("hardhat", ["test"], project);
      expect(code, output).to.equal(0);
      expect(output).to.match(/3 passing \(3 solidity\)|4 passing/);
      expect(output.replaceAll(TOO_LARGE_FOR_A_LIVE_CHAIN, "")).to.not.match(/warning/i);
    }).timeout(300_000);

    if (hasForge) {
      it("compile and pass with Foundry", async () => {
        const project = join(folder, "foundry");
        await layOut("samples/foundry", tarballs, project);
        const { code, output } = await run("forge", ["test"], project);
        expect(code, output).to.equal(0);
        expect(output).to.include("3 passed; 0 failed");
        expect(output).to.not.match(/^warning/im);
      }).timeout(300_000);
    }
  });
});

/** Lines of code of what follows the imports: no comments, no lines that only close something. */
function statementsOf(text: string): readonly string[] {
  return text
    .slice(text.search(/^contract /m))
    .split("\n")
    .filter((line) => !/^\s*(\/\/.*|[)}\];]*)$/.test(line));
}
