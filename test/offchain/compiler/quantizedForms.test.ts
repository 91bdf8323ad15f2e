import { quantizeTensor } from "@vouch/protocol";
import { compile, driftReport, emitIntegerOnnx, interpret } from "@vouch/compiler";
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
} from "../../helpers/onnxModel.ts";

type Form = {
  readonly nodes: readonly NodeProto[];
  readonly initializers?: readonly TensorProto[];
  readonly bits?: number;
};

const LOW = floats("low", [], [-1]);
const HIGH = floats("high", [], [0.5]);
const ONE = floats("one", [], [1]);
const ROW = floats("row", [4], [0.26, 0.25, 0.24, 0.23]);
const MOVED = floats("moved", [4], [0.49, 0.5, 0.51, 0.48]);

/** How exporters write everyday functions, from x `[1, 4]` to y. */
const FORMS: Readonly<Record<string, Form>> = {
  "a constant that is added and subtracted": {
    nodes: [
      node("Min", ["x", "high"], "a"),
      node("Max", ["a", "low"], "b"),
      node("Round", ["x"], "c"),
      node("Add", ["b", "c"], "y"),
    ],
    initializers: [LOW, HIGH],
  },
  "a product with 0": {
    nodes: [node("Mul", ["x", "zero"], "a"), node("Add", ["x", "a"], "y")],
    initializers: [floats("zero", [1], [0])],
  },
  "a product with 0 alone": {
    nodes: [node("Mul", ["x", "zero"], "y")],
    initializers: [floats("zero", [1], [0])],
  },
  "a clipped scaler": {
    nodes: [
      node("Mul", ["x", "row"], "a"),
      node("Add", ["a", "moved"], "b"),
      node("Clip", ["b", "", "one"], "y"),
    ],
    initializers: [ROW, MOVED, ONE],
    bits: 16,
  },
  softsign: { nodes: [node("Softsign", ["x"], "y")] },
  "a quotient that a choice replaces where the divisor is 0": {
    nodes: [
      node("Relu", ["x"], "a"),
      node("Div", ["one", "a"], "b"),
      node("Less", ["a", "low"], "c"),
      node("Where", ["c", "x", "b"], "y"),
    ],
    initializers: [ONE, floats("low", [], [0.125])],
  },
  "a softmax by its logarithm": {
    nodes: [
      node("MatMul", ["x", "w"], "s"),
      node("ReduceLogSumExp", ["s"], "l", [
        { name: "axes", type: 7, ints: [1n] },
        int("keepdims", 1),
      ]),
      node("Sub", ["s", "l"], "p"),
      node("Exp", ["p"], "y"),
    ],
    initializers: [floats("w", [4, 4], [9, -4, 3, 1, -8, 5, 2, 7, 6, -3, 4, 8, -9, 2, -5, 6])],
  },
  "a sigmoid by its parts": {
    nodes: [
      node("MatMul", ["x", "w"], "s"),
      node("Neg", ["s"], "n"),
      node("Exp", ["n"], "e"),
      node("Add", ["e", "one"], "d"),
      node("Reciprocal", ["d"], "y"),
    ],
    initializers: [ONE, floats("w", [4, 2], [40, -30, 20, 50, -60, 10, 30, 20])],
  },
  "a swish by its parts": {
    nodes: [
      node("Neg", ["x"], "n"),
      node("Exp", ["n"], "e"),
      node("Add", ["one", "e"], "d"),
      node("Div", ["x", "d"], "y"),
    ],
    initializers: [ONE],
  },
  "a remainder of whole numbers": {
    nodes: [
      node("Cast", ["x"], "i", [int("to", 7)]),
      node("Mod", ["i", "three"], "r"),
      node("Cast", ["r"], "y", [int("to", 1)]),
    ],
    initializers: [ints("three", [3])],
  },
  "a choice that is counted and moved by half": {
    nodes: [
      node("Greater", ["x", "low"], "c"),
      node("Cast", ["c"], "i", [int("to", 1)]),
      node("Mul", ["i", "step"], "a"),
      node("Add", ["a", "high"], "b"),
      node("Where", ["c", "i", "third"], "d"),
      node("Add", ["b", "d"], "y"),
    ],
    initializers: [LOW, HIGH, floats("step", [], [1.5]), floats("third", [], [0.3])],
  },
  "a layer between open bounds": {
    nodes: [node("MatMul", ["x", "w"], "s"), node("Clip", ["s", "least", "most"], "y")],
    initializers: [
      floats("w", [4, 2], [0.4, -0.3, 0.2, 0.5, -0.6, 0.1, 0.3, 0.2]),
      floats("least", [], [-65504]),
      floats("most", [], [65504]),
    ],
  },
  "what was quantized": {
    nodes: [
      node("QuantizeLinear", ["x", "grain", "point"], "q"),
      node("DequantizeLinear", ["q", "grain", "point"], "y"),
    ],
    initializers: [
      floats("grain", [], [0.02]),
      { name: "point", dataType: 2, dims: [], int32Data: [128] },
    ],
  },
  "exponentials of what is mostly far below 0": {
    nodes: [
      node("Mul", ["x", "nine"], "a"),
      node("Sub", ["a", "far"], "b"),
      node("Exp", ["b"], "y"),
    ],
    initializers: [floats("nine", [], [9]), floats("far", [], [17])],
    bits: 16,
  },
  "exponentials of what is above the largest of some": {
    nodes: [
      node("Slice", ["x", "start", "end", "axis"], "some"),
      node("ReduceMax", ["some"], "most", [{ name: "axes", type: 7, ints: [1n] }]),
      node("Sub", ["x", "most"], "a"),
      node("Exp", ["a"], "y"),
    ],
    initializers: [ints("start", [0]), ints("end", [2]), ints("axis", [1])],
    bits: 16,
  },
  "a mean over what is counted": {
    nodes: [
      node("Greater", ["x", "low"], "c"),
      node("Cast", ["c"], "i", [int("to", 1)]),
      node("ReduceSum", ["i", "axis"], "n"),
      node("Clip", ["n", "one"], "m"),
      node("Cast", ["m"], "k", [int("to", 7)]),
      node("Cast", ["k"], "r", [int("to", 1)]),
      node("Div", ["x", "r"], "y"),
    ],
    initializers: [LOW, ONE, ints("axis", [1])],
  },
};

describe("compile, forms that exporters write", () => {
  for (const [name, { nodes, initializers = [], bits = 8 }] of Object.entries(FORMS)) {
    for (const weights of ["private", "public"] as const) {
      it(`${name}, ${weights} weights`, async () => {
        const random = randomNumbers(9);
        const scale = 2 ** (bits - 3);
        const draw = (): number[] =>
          Array.from({ length: 4 }, () => Math.round(2 * scale * random()) / scale);
        const samples = Array.from({ length: 8 }, draw);
        const compiled = compile(onnxModel({ nodes, initializers }), {
          name: "form",
          input: { mode: "public", bits, fractionBits: bits - 3 },
          output: { mode: "public", bits: 32, fractionBits: 12 },
          calibration: { samples },
          weights,
        });
        expect(driftReport(compiled, samples).maxAbsError).to.be.below(0.04);
        const { integer } = await session(emitIntegerOnnx(compiled.graph), [4]);
        for (const sample of [...samples, [-4, 3.9, 0, -0.125]]) {
          const input = quantizeTensor(sample, compiled.input);
          expect(await integer(input)).to.deep.equal(interpret(compiled.graph, input));
        }
      });
    }
  }
});
