import { mkdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect } from "chai";
import { ROOT, circomFiles, compileCircuit, mainOf, runTool } from "../helpers/circuit.ts";

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
  "layers/Gemm": [2, 3, 4],
  "layers/MatMul": [2, 3, 4],
  "layers/Relu": [3, 24],
  "layers/RescaleTensor": [4, 2, 16, 10, 12, 8, 1],
  "lib/Bits": [253],
  "lib/Digit": [4, 1],
  "lib/IsZero": [],
  "lib/Rescale": [33, 20, 35, 8, 0],
};

const known = JSON.parse(
  readFileSync(join(ROOT, "circuits/findings.json"), "utf8"),
) as readonly Finding[];

const label = ({ file, rule }: Pick<Finding, "file" | "rule">) => `${file} ${rule}`;

describe("circomspect", () => {
  it("finds what circuits/findings.json explains, and nothing else", async () => {
    const folder = join(ROOT, ".vouch/circomspect");
    mkdirSync(folder, { recursive: true });
    const report = join(folder, `${process.pid}.sarif`);
    await runTool("circomspect", [...circomFiles(), "--sarif-file", relative(ROOT, report)]);
    const sarif = JSON.parse(readFileSync(report, "utf8")) as Sarif;
    const found = sarif.runs
      .flatMap((run) => run.results)
      .map(({ ruleId, locations }) => ({
        file: locations[0]!.physicalLocation.artifactLocation.uri.replace("file://", ""),
        rule: ruleId,
      }));
    const explained = known.filter((it) => it.tool === "circomspect");
    expect(found.map(label).sort()).to.deep.equal(explained.map(label).sort());
    for (const { explanation } of known) expect(explanation).to.have.length.of.at.least(20);
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
