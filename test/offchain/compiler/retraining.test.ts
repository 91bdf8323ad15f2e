import { compile, emitCircom } from "@vouch/compiler";
import { expect } from "chai";
import type { NodeProto } from "../../../offchain/compiler/onnx/modelProto.ts";
import {
  float,
  floats,
  int,
  ints,
  node,
  onnxModel,
  randomNumbers,
} from "../../helpers/onnxModel.ts";

const TRAININGS = 4;
const SIZE = 4;
const CONSTANTS = [
  floats("zero", [], [0]),
  floats("half", [], [0.5]),
  floats("six", [], [6]),
  floats("small", [], [1e-3]),
  floats("two", [], [2]),
  ints("pads", [0, 1, 0, 1]),
  ints("from", [0]),
  ints("to", [4]),
  ints("axis", [1]),
];

/** From the result of a layer, `g`, to the input of the next, `a`. */
const BETWEEN: Readonly<Record<string, readonly NodeProto[]>> = {
  ...Object.fromEntries(
    [
      ...["Relu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Elu", "Selu", "Celu", "Mish"],
      ...["Softplus", "Softsign", "Gelu", "LeakyRelu", "ThresholdedRelu", "Erf", "Softmax"],
      ...["LogSoftmax", "Sign", "Abs", "Neg"],
    ].map((op) => [op, [node(op, ["g"], "a")]]),
  ),
  "Clip to 0 and 6": [node("Clip", ["g", "zero", "six"], "a")],
  "Clip to 0 and 0.5": [node("Clip", ["g", "zero", "half"], "a")],
  "Max with 0.5": [node("Max", ["g", "half"], "a")],
  "Where above 0.5": [node("Greater", ["g", "half"], "m"), node("Where", ["m", "g", "half"], "a")],
  LayerNormalization: [node("LayerNormalization", ["g", "gain", "offset"], "a")],
  "a norm and an epsilon": [
    node("ReduceL2", ["g"], "n"),
    node("Add", ["n", "small"], "d"),
    node("Div", ["g", "d"], "a"),
  ],
  "Pow by 2": [node("Pow", ["g", "two"], "a")],
  "Pad with 0.5": [
    node("Pad", ["g", "pads", "half"], "p"),
    node("Slice", ["p", "from", "to", "axis"], "a"),
  ],
  ReduceMean: [
    node("ReduceMean", ["g", "axis"], "n", [int("keepdims", 1)]),
    node("Sub", ["g", "n"], "a"),
  ],
  "HardSigmoid by attributes": [
    node("HardSigmoid", ["g"], "a", [float("alpha", 0.3), float("beta", 0.4)]),
  ],
};

/** Private weights: what training changes is committed, so that the set-up stays. */
describe("two trainings of one architecture", () => {
  for (const [name, nodes] of Object.entries(BETWEEN)) {
    it(`have one circuit: ${name}`, () => {
      const next = randomNumbers(9);
      const numbers = (count: number): number[] => Array.from({ length: count }, next);
      const samples = Array.from({ length: 64 }, () => numbers(SIZE));
      const trained = (): Uint8Array =>
        onnxModel({
          opset: 20,
          input: [1, SIZE],
          nodes: [
            node("Gemm", ["x", "w", "b"], "h"),
            node("Relu", ["h"], "t"),
            node("Gemm", ["t", "w2"], "g"),
            ...nodes,
            node("MatMul", ["a", "w3"], "y"),
          ],
          initializers: [
            ...CONSTANTS,
            floats("w", [SIZE, 3], numbers(3 * SIZE)),
            floats("b", [3], numbers(3)),
            floats("w2", [3, SIZE], numbers(3 * SIZE)),
            floats("w3", [SIZE, 2], numbers(2 * SIZE)),
            floats("gain", [SIZE], numbers(SIZE)),
            floats("offset", [SIZE], numbers(SIZE)),
          ],
        });
      const circuits = Array.from({ length: TRAININGS }, () =>
        emitCircom(
          compile(trained(), {
            name: "training",
            weights: "private",
            input: { mode: "public", bits: 16, fractionBits: 10 },
            output: { mode: "public", bits: 32, fractionBits: 16 },
            calibration: { samples },
          }),
        ),
      );
      expect(new Set(circuits).size).to.equal(1);
    });
  }
});
