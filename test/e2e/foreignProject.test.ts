// The plugin's tasks in a project that has the packed packages and nothing else of this repository.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect } from "chai";
import type { Finished } from "../helpers/samples.ts";
import { layOut, run } from "../helpers/samples.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const MINUTE = 60_000;

/** Each is one program of a project that has generated types; what the compiler says of it. */
const PROGRAMS: readonly (readonly [string, string, string | undefined])[] = [
  ["the port by its name", "{ x: [1, 2, 3, 4, 5, 6, 7, 8] }", undefined],
  ["a port of another name", "{ y: [1, 2, 3, 4, 5, 6, 7, 8] }", "TS2353"],
  ["too few elements", "{ x: [1, 2, 3] }", "TS2322"],
];

describe("the tasks in another project", function () {
  this.timeout(5 * MINUTE);
  if (process.env["VOUCH_DEEP"] !== "1") {
    process.stderr.write("\n  NOT TRIED: the tasks in another project: VOUCH_DEEP=1.\n");
    return;
  }
  const project = mkdtempSync(join(tmpdir(), "vouch-foreign-"));
  const hardhat = (...args: readonly string[]): Promise<Finished> => run("hardhat", args, project);

  before(async () => {
    const packed = await run("npm", ["run", "--silent", "pack"], ROOT);
    expect(packed.code, packed.output).to.equal(0);
    await layOut("create-vouch-app/template", join(ROOT, "dist/packages"), project);
  });
  after(() => {
    rmSync(project, { recursive: true, force: true });
  });

  const refused: readonly (readonly [string, readonly string[]])[] = [
    ["MODEL_MISSING", ["model:publish"]],
    ["MODEL_MISSING", ["text:publish", "--licence", "MIT"]],
    ["NO_CHECKOUT", ["enclave:measure"]],
    ["NOTHING_PUBLISHED", ["release:types"]],
  ];
  for (const [code, args] of refused)
    it(`refuses ${args.join(" ")} by ${code}`, async () => {
      const { code: status, output } = await hardhat(...args);
      expect(status).to.equal(1);
      expect(codeIn(output), output).to.equal(code);
    });

  describe("given a published model", () => {
    before(async () => {
      const published = await hardhat("model:publish", "--model", "vol-eth-mlp");
      expect(published.code, published.output).to.equal(0);
      const typed = await hardhat("release:types", "--out", "scripts/release.ts");
      expect(typed.code, typed.output).to.equal(0);
    });

    it("infers from its samples, and refuses by SAMPLES_MISSING where they are gone", async () => {
      const inferred = await hardhat("infer");
      expect(inferred.code, inferred.output).to.equal(0);
      rmSync(join(project, "models/vol-eth-mlp/samples.json"));
      const { output } = await hardhat("infer");
      expect(codeIn(output), output).to.equal("SAMPLES_MISSING");
    });

    for (const [what, input, refusal] of PROGRAMS)
      it(`${refusal === undefined ? "compiles" : "does not compile"} ${what}`, async () => {
        writeFileSync(join(project, "scripts/typed.ts"), programOf(input));
        const { code, output } = await run("tsc", ["-p", "."], project);
        if (refusal === undefined) expect(code, output).to.equal(0);
        else
          expect(/scripts\/typed\.ts.* error (TS\d+)/.exec(output)?.[1], output).to.equal(refusal);
      });
  });
});

function programOf(input: string): string {
  return `import type { VouchClient } from "@vouch/sdk";
import { volEthMlp } from "./release.ts";

export async function ask(vouch: VouchClient): Promise<number> {
  const { output } = await vouch.infer({ release: volEthMlp, input: ${input}, policy: "zk:any", fee: 1n });
  return output.log_vol[0][0];
}
`;
}

/** The code that a task's refusal begins with. */
function codeIn(output: string): string | undefined {
  return /^([A-Z][A-Z_]+): /m.exec(output)?.[1];
}
