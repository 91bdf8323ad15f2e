import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { compile, emitCircom } from "@vouch/compiler";
import { expect } from "chai";
import { ROOT, circomFiles, compileCircuit, mainOf, runTool } from "../helpers/circuit.ts";
import { CREDIT_OPTIONS, creditModel } from "../helpers/onnxModel.ts";

type Finding = {
  readonly tool: string;
  readonly file: string;
  readonly rule: string;
  readonly explanation: string;
};

type Sarif = {
  readonly runs: readonly {
    readonly results: readonly {
      readonly ruleId: string;
      readonly locations: readonly {
        readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } };
      }[];
    }[];
  }[];
};

/** One instance of each template, the ones that the template's own test compiles. */
const INSTANCES: Readonly<Record<string, readonly (number | readonly number[])[]>> = {
  "commitments/Claim": [3],
  "commitments/Commitment": [2, 2],
  "commitments/HashWords": [1, 16],
  "commitments/PackSegment": [3, 12, 1],
  "commitments/PackWords": [4, [40, 5, 3, 1], [8, 32, 20, 253], [1, 1, 0, 0]],
  "layers/Combine": [3, 4],
  "layers/DotProduct": [130],
  "layers/DotProducts": [5, 4, 22],
  "layers/Gemm": [2, 3, 4, 21, 4],
  "layers/MatMul": [2, 3, 4, 21, 3],
  "layers/Relu": [3, 24],
  "layers/RescaleTensor": [4, 2, 16, 10, 12, 8, 1],
  "lib/Bits": [253],
  "lib/Digit": [4, 1],
  "lib/IsZero": [],
  "lib/Rescale": [33, 20, 35, 8, 0],
  "lib/SignedDigits": [2, 2],
};

const known = JSON.parse(
  readFileSync(join(ROOT, "circuits/findings.json"), "utf8"),
) as readonly Finding[];

const FOLDER = join(ROOT, ".vouch/circomspect");

async function circomspect(files: readonly string[]): Promise<Pick<Finding, "file" | "rule">[]> {
  mkdirSync(FOLDER, { recursive: true });
  const report = join(FOLDER, `${process.pid}.sarif`);
  await runTool("circomspect", [...files, "--sarif-file", relative(ROOT, report)]);
  const sarif = JSON.parse(readFileSync(report, "utf8")) as Sarif;
  return sarif.runs
    .flatMap((run) => run.results)
    .map(({ ruleId, locations }) => ({
      file: locations[0]!.physicalLocation.artifactLocation.uri.replace("file://", ""),
      rule: ruleId,
    }));
}

const label = ({ file, rule }: Pick<Finding, "file" | "rule">) => `${file} ${rule}`;

describe("circomspect", () => {
  it("finds what circuits/findings.json explains, and nothing else", async () => {
    const found = await circomspect(circomFiles());
    const explained = known.filter((it) => it.tool === "circomspect");
    expect(found.map(label).sort()).to.deep.equal(explained.map(label).sort());
    for (const { explanation } of known) expect(explanation).to.have.length.of.at.least(20);
  });

  it("finds nothing in the generated circuit of the credit model", async () => {
    const { file, samples } = creditModel();
    const calibration = { samples: samples.map((it) => it.input) };
    const source = emitCircom(compile(file, { ...CREDIT_OPTIONS, calibration }));
    // It has no include path, so the templates are named from where the file lies.
    const local = source.replaceAll('include "', 'include "../../circuits/');
    const main = join(FOLDER, `main.${process.pid}.circom`);
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(main, local);
    expect(await circomspect([relative(ROOT, main)])).to.deep.equal([]);
    // A signal that nothing constrains is found, so that silence means something.
    writeFileSync(main, local.replace("signal input e;", "signal input e;\n    signal unused;"));
    expect(await circomspect([relative(ROOT, main)])).not.to.deep.equal([]);
    rmSync(main);
  });
});

describe("circom --inspect", () => {
  it("is given an instance of every template", () => {
    const files = Object.keys(INSTANCES).map((file) => `circuits/${file}.circom`);
    expect(files).to.deep.equal([...circomFiles()]);
  });

  for (const [file, parameters] of Object.entries(INSTANCES)) {
    it(`finds nothing in ${file}`, async () => {
      const { output } = await compileCircuit(mainOf(file, parameters));
      expect(output)
        .to.include("non-linear constraints")
        .and.not.to.match(/warning|error/i);
    });
  }

  it("finds an unused signal, so that its silence means something", async () => {
    const source = `pragma circom 2.2.0;

template Unused() {
    signal input in;
    signal output out <== in * in;
    signal unused <-- in + 1;
}

component main = Unused();
`;
    expect((await compileCircuit(source)).output).to.match(/warning/);
  });
});
