import { quantizeTensor } from "@vouch/protocol";
import { compile, interpret, runFloat } from "@vouch/compiler";
import { expect } from "chai";
import type { NodeProto, TensorProto } from "../../../offchain/compiler/onnx/modelProto.ts";
import {
  floats,
  int,
  ints,
  node,
  onnxModel,
  randomNumbers,
  session,
  valueInfo,
} from "../../helpers/onnxModel.ts";

const ROWS = 4;
const LOWEST = -3.4028234663852886e38;
/** Row i sees what is not after it. */
const CAUSAL = Array.from({ length: ROWS ** 2 }, (_, i) => i % ROWS > Math.floor(i / ROWS));

type Form = {
  readonly nodes: readonly NodeProto[];
  readonly initializers: readonly TensorProto[];
  /** A second input: 1 for what is seen. */
  readonly dtype?: number;
};

const seen: TensorProto = {
  name: "seen",
  dataType: 9,
  dims: [4n, 4n],
  int32Data: CAUSAL.map((it) => Number(!it)),
};
const where = (value: number): Form => ({
  nodes: [node("Where", ["seen", "scores", "lowest"], "masked")],
  initializers: [seen, floats("lowest", [], [value])],
});
const added = (value: number): Form => ({
  nodes: [node("Add", ["scores", "mask"], "masked")],
  initializers: [
    floats(
      "mask",
      [ROWS, ROWS],
      CAUSAL.map((it) => (it ? value : 0)),
    ),
  ],
});
const padding = (value: number): Form => ({
  nodes: [
    node("Cast", ["m"], "real", [int("to", 1)]),
    node("Sub", ["one", "real"], "hidden"),
    node("Mul", ["hidden", "lowest"], "mask"),
    node("Add", ["scores", "mask"], "masked"),
  ],
  initializers: [floats("one", [], [1]), floats("lowest", [], [value])],
  dtype: 7,
});

const FORMS: Readonly<Record<string, Form>> = {
  "a constant choice of minus infinity": where(-Infinity),
  "a constant choice of the lowest number": where(LOWEST),
  "a constant choice of -1e9": where(-1e9),
  "added minus infinity": added(-Infinity),
  "added -10,000": added(-10_000),
  "(1 - mask) times the lowest number": padding(LOWEST),
  "(1 - mask) times -10,000": padding(-10_000),
  "a computed choice of minus infinity": {
    nodes: [
      node("Equal", ["m", "zero"], "hidden"),
      node("Where", ["hidden", "lowest", "scores"], "masked"),
    ],
    initializers: [ints("zero", [0]), floats("lowest", [], [-Infinity])],
    dtype: 7,
  },
  "a choice by truth values that are fed": {
    nodes: [node("Where", ["m", "scores", "lowest"], "masked")],
    initializers: [floats("lowest", [], [-Infinity])],
    dtype: 9,
  },
};

describe("masked scores of a softmax", () => {
  for (const [name, { nodes, initializers, dtype }] of Object.entries(FORMS)) {
    for (const weights of ["private", "public"] as const) {
      it(`of ${name} are exactly 0, ${weights} weights`, async () => {
        const random = randomNumbers(3);
        const file = onnxModel({
          nodes: [
            node("MatMul", ["x", "w"], "scores"),
            ...nodes,
            node("Softmax", ["masked"], "y", [int("axis", 1)]),
          ],
          initializers: [
            floats(
              "w",
              [3, ROWS],
              Array.from({ length: 12 }, () => random()),
            ),
            ...initializers,
          ],
          graph: {
            input: [
              valueInfo("x", [ROWS, 3]),
              ...(dtype === undefined ? [] : [valueInfo("m", [ROWS], dtype)]),
            ],
          },
        });
        const hidden = dtype === undefined ? CAUSAL : CAUSAL.map((_, i) => i % ROWS > 1);
        const mask = dtype === undefined ? [] : [1, 1, 0, 0];
        const draw = (most: number): number[] => [
          ...Array.from({ length: ROWS * 3 }, () => Math.fround(most * random())),
          ...mask,
        ];
        const samples = Array.from({ length: 4 }, () => draw(2));
        const compiled = compile(file, {
          name: "masked",
          input: { mode: "public", bits: 8, fractionBits: 5 },
          output: { mode: "public", bits: 32, fractionBits: 12 },
          calibration: { samples },
          weights,
        });
        // Beyond the calibrated ranges, too.
        for (const sample of [...samples, draw(3.9)]) {
          const actual = interpret(compiled.graph, quantizeTensor(sample, compiled.input));
          const exact = runFloat(compiled.float, sample);
          hidden.forEach((isHidden, i) => {
            if (isHidden) expect([actual[i], exact[i]]).to.deep.equal([0n, 0]);
            else if (sample !== samples[4]) {
              expect(Math.abs(Number(actual[i]) / 2 ** 12 - exact[i]!)).to.be.below(0.06);
            }
          });
        }
        if (dtype !== undefined) return;
        const { float } = await session(file, [ROWS, 3]);
        const expected = await float(samples[0]!);
        runFloat(compiled.float, samples[0]!).forEach((it, i) => {
          expect(Math.abs(it - expected[i]!)).to.be.below(1e-5);
        });
      });
    }
  }
});
