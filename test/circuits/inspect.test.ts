import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { batchModel, compile, emitCircom, emitCommittedCircom } from "@vouch/compiler";
import { expect } from "chai";
import type { TemplateParameter } from "../../offchain/compiler/emit/templates.ts";
import { ROOT, circomFiles, compileCircuit, mainOf, runTool } from "../helpers/circuit.ts";
import { convolution } from "../helpers/committedCircuit.ts";
import { CREDIT_OPTIONS, creditModel } from "../helpers/onnxModel.ts";
import { everyOperation } from "../helpers/provableModels.ts";
import { deepOnly } from "../helpers/deepOnly.ts";

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
const INSTANCES: Readonly<Record<string, readonly TemplateParameter[]>> = {
  "commitments/Claim": [3],
  "commitments/ClaimEach": [3],
  "commitments/CommitEach": [2, 2, 2],
  "commitments/Commitment": [2, 2],
  "commitments/HashWords": [1, 16],
  "commitments/PackEach": [2, 1, [40], [8], [1]],
  "commitments/PackSegment": [3, 12, 1],
  "commitments/PackWords": [4, [40, 5, 3, 1], [8, 32, 20, 253], [1, 1, 0, 0]],
  "committed/Kept": [3],
  "committed/LowestLimb": [2, 1, 8, [3]],
  "committed/Offset": [2, 5],
  "committed/RectifiedSums": [1, -2, 2],
  "committed/RoundedSums": [1, -3, 2],
  "layers/BatchMatMul": [2, 3, 5, 4, 21, 1, 4],
  "layers/Combine": [3, 4],
  "layers/ConstantGemm": [2, 3, 2, [1, -2, 3, 4, -5, 6]],
  "layers/Divide": [1, -70000, 50000, 0, 1000, 8],
  "layers/Equal": [3],
  "layers/FreivaldsRescale": [3, 5, 4, -196000, 194000, 6, 15, 8, 0, 2, 2],
  "layers/Gemm": [3, 3, 4, 21, 3, 4],
  "layers/GemmRescale": [3, 5, 4, -196000, 194000, 6, 15, 8, 0, 2, 4],
  "layers/LessOrEqual": [2, -510, 255],
  "layers/Lookup": [1, 5, 1, 2, [1, -2, 4, 8, -16, 32, 64, 5], [3, 1, 4, 1, 5, 9, 2, 6]],
  "layers/MatMul": [3, 3, 4, 21, 2, 2],
  "layers/MatMulRescale": [3, 5, 4, -196000, 194000, 0, 12, 4, 1, 2, 4],
  "layers/Multiply": [3],
  "layers/PackTiles": [3, 5, 6, 20, 2, 3],
  "layers/ReduceMax": [2, 12, 4],
  "layers/ReduceSum": [2, 150],
  "layers/Relu": [3, -8388608, 8388607],
  "layers/RescaleTensor": [4, 2, -30000, 32767, 10, 12, 8, 1],
  "layers/RescaleTiles": [3, 4, [5, 0, 2, 1, 1, 17], 1, 2, 0, 2, 2],
  "layers/RowProducts": [70, 2],
  "layers/Select": [3],
  "layers/Sqrt": [1, 24],
  "layers/TiledProducts": [3, 5, 6, 20, 2, 3],
  "lib/AddScaled": [3],
  "lib/Bits": [253],
  "lib/Digit": [4, 1],
  "lib/DotProduct": [130],
  "lib/Freivalds": [5, 3, 2],
  "lib/FreivaldsCheck": [5, 3, 2],
  "lib/InterpolatedTable": [4, 0, 2, 2, [1, 2, 3, 4], 1, [5, 6, 7, 8]],
  "lib/IsLessOrEqual": [-510, 255],
  "lib/IsZero": [],
  "lib/Maximum": [4, 8],
  "lib/Monomials": [3],
  "lib/PoseidonBlock": [3],
  "lib/ProductCheck": [5, 3, 2],
  "lib/Quotient": [0, 4095, 7, 300, 12],
  "lib/Rescale": [-300000, 500000, 0, 11, 7, 1],
  "lib/RescaleBits": [[5, 0, 2, 1, 1, 17], 1, 2, 0],
  "lib/RescaleDigits": [2, [5, 0, 2, 1, 1, 17], 1, 2, 0],
  "lib/SignedDigits": [2, 2],
  "lib/SquareRoot": [31],
  "lib/Sum": [150],
  "lib/TableEntry": [1, 2, [1, 2, 3, 4, 5, 6, 7, 9]],
};

/** Circuits for commit-and-prove, whose templates take too many inputs from one another to be tried alone. */
const COMMITTED: Readonly<Record<string, string>> = {
  "a convolution, a maximum and a layer": emitCommittedCircom(convolution()),
  "every operation": emitCommittedCircom(everyOperation(1)),
  "a batch of inferences": emitCommittedCircom(batchModel(everyOperation(1), 3)),
};

/** Files of our templates that a source includes, directly or through others, below circuits/. */
function includedFiles(source: string, from: string, found = new Set<string>()): Set<string> {
  for (const [, path = ""] of source.matchAll(/^include "(.*)";$/gm)) {
    const file = [join(from, path), path].find((it) => existsSync(join(ROOT, "circuits", it)));
    if (file === undefined || found.has(file)) continue;
    found.add(file);
    includedFiles(readFileSync(join(ROOT, "circuits", file), "utf8"), dirname(file), found);
  }
  return found;
}

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

  deepOnly("circomspect on a generated circuit", () => {
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
});

describe("circom --inspect", () => {
  it("is given an instance of every template", () => {
    const alone = Object.keys(INSTANCES).map((file) => `${file}.circom`);
    const together = Object.values(COMMITTED).flatMap((it) => [...includedFiles(it, "")]);
    const files = [...new Set([...alone, ...together])].map((file) => join("circuits", file));
    expect(files.sort()).to.deep.equal([...circomFiles()]);
  });

  for (const [file, parameters] of Object.entries(INSTANCES)) {
    it(`finds nothing in ${file}`, async () => {
      const { output } = await compileCircuit(mainOf(file, parameters));
      expect(output)
        .to.include("non-linear constraints")
        .and.not.to.match(/warning|error/i);
    });
  }

  for (const [name, source] of Object.entries(COMMITTED)) {
    it(`finds nothing in a circuit for commit-and-prove of ${name}`, async () => {
      const { output } = await compileCircuit(source);
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
