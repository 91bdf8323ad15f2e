import { compile, interpret } from "@vouch/compiler";
import { expect } from "chai";
import { runFloat } from "../../../offchain/compiler/interpretFloat.ts";
import type { NodeProto, TensorProto } from "../../../offchain/compiler/onnx/modelProto.ts";
import { readModel } from "../../../offchain/compiler/onnx/readModel.ts";
import { errorOf, floats, int, ints, node, onnxModel } from "../../helpers/onnxModel.ts";
import { randomNumbers, session, tensor } from "../../helpers/onnxModel.ts";
import { opModel } from "../../helpers/opCase.ts";
import { randomTrees } from "../../helpers/randomTrees.ts";

const SHAPE = [1, 1, 4, 4];
const COUNT = 16;
const BIG = Infinity;

type Form = readonly [nodes: readonly NodeProto[], initializers: readonly TensorProto[]];

const model = ([nodes, initializers]: Form, input: readonly number[] = SHAPE): Uint8Array =>
  onnxModel({ opset: 17, input, nodes, initializers });

/** A 4 by 4 matrix that is infinite at one place. */
const spoiled = (name: string, value = BIG, dims: readonly number[] = [4, 4]): TensorProto =>
  floats(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, k) => (k === 3 ? value : 0.1 * k)),
  );
const causal = floats(
  "mask",
  [4, 4],
  Array.from({ length: COUNT }, (_, k) => (k % 4 > Math.floor(k / 4) ? -BIG : 0)),
);
const kernel = floats("w", [1, 1, 2, 2], [0.1, -BIG, 0.2, 0.3]);
const ones = floats("one", [1], [1]);

/** Where infinity enters what is calculated. */
const CALCULATED: Readonly<Record<string, Form>> = {
  "a factor": [[node("Mul", ["x", "w"], "y")], [spoiled("w")]],
  "a factor that is the lowest, times 0": [[node("Mul", ["x", "w"], "y")], [spoiled("w", -BIG)]],
  "a divisor": [[node("Div", ["x", "w"], "y")], [spoiled("w")]],
  "a summand": [[node("Add", ["x", "w"], "y")], [spoiled("w")]],
  "a summand before a product": [
    [node("Add", ["x", "w"], "a"), node("MatMul", ["a", "a"], "y")],
    [spoiled("w")],
  ],
  "a summand that a softmax cannot take": [
    [node("Add", ["x", "w"], "a"), node("Softmax", ["a"], "y")],
    [spoiled("w")],
  ],
  "what is subtracted": [
    [node("Sub", ["x", "w"], "a"), node("Softmax", ["a"], "y")],
    [spoiled("w", -BIG)],
  ],
  "a matrix": [[node("MatMul", ["x", "w"], "y")], [spoiled("w")]],
  "a matrix that was transposed": [
    [node("Transpose", ["w"], "t"), node("MatMul", ["x", "t"], "y")],
    [spoiled("w")],
  ],
  "a kernel": [[node("Conv", ["x", "w"], "y")], [kernel]],
  "a mean": [
    [node("BatchNormalization", ["x", "one", "one", "w", "one"], "y")],
    [ones, floats("w", [1], [BIG])],
  ],
  "an exponent of constants": [
    [node("Mul", ["w", "w"], "v"), node("Add", ["x", "v"], "y")],
    [spoiled("w")],
  ],
  "what is padded before a mean": [
    [node("Pad", ["x", "pads", "w"], "p"), node("GlobalAveragePool", ["p"], "y")],
    [ints("pads", [0, 0, 1, 1, 0, 0, 1, 1]), floats("w", [], [-BIG])],
  ],
  "a bound that nothing passes": [[node("Max", ["x", "w"], "y")], [spoiled("w")]],
  "a lower bound that nothing passes": [[node("Clip", ["x", "w"], "y")], [floats("w", [], [BIG])]],
  "a choice before a product": [
    [
      node("Greater", ["x", "one"], "c"),
      node("Where", ["c", "w", "x"], "a"),
      node("Mul", ["a", "a"], "y"),
    ],
    [ones, floats("w", [], [BIG])],
  ],
  "an answer": [[node("Add", ["w", "w"], "y")], [spoiled("w")]],
};

/** Where infinity is a bound or a mask. */
const ALLOWED: Readonly<Record<string, Form>> = {
  "Clip without a lower bound": [
    [node("Clip", ["x", "least", "most"], "y")],
    [floats("least", [], [-BIG]), floats("most", [], [0.5])],
  ],
  "Max with elements that bound nothing": [[node("Max", ["x", "w"], "y")], [spoiled("w", -BIG)]],
  "Min with elements that bound nothing": [[node("Min", ["w", "x"], "y")], [spoiled("w", BIG)]],
  "the filler of a max pool": [
    [
      node("Pad", ["x", "pads", "w"], "p"),
      node("MaxPool", ["p"], "y", [{ name: "kernel_shape", type: 7, ints: [3n, 3n] }]),
    ],
    [ints("pads", [0, 0, 1, 1, 0, 0, 1, 1]), floats("w", [], [-BIG])],
  ],
  "a mask that is added": [
    [node("Add", ["x", "mask"], "a"), node("Softmax", ["a"], "y", [int("axis", -1)])],
    [causal],
  ],
  "a mask that is made": [
    [
      node("ConstantOfShape", ["size"], "full", [tensor("value", floats("", [1], [-BIG]))]),
      node("Trilu", ["full", "one"], "upper", [int("upper", 1)]),
      node("Unsqueeze", ["upper", "axes"], "mask"),
      node("Add", ["mask", "x"], "a"),
      node("Softmax", ["a"], "y", [int("axis", -1)]),
    ],
    [
      ints("size", [4, 4]),
      { name: "one", dataType: 7, dims: [], int64Data: [1n] },
      ints("axes", [0, 1]),
    ],
  ],
  "two masks and a softmax that is written out": [
    [
      node("Add", ["x", "mask"], "a"),
      node("Add", ["a", "mask"], "b"),
      node("ReduceMax", ["b"], "most", [{ name: "axes", type: 7, ints: [-1n] }]),
      node("Sub", ["b", "most"], "c"),
      node("Exp", ["c"], "e"),
      node("ReduceSum", ["e", "axes"], "sum"),
      node("Div", ["e", "sum"], "y"),
    ],
    [causal, ints("axes", [-1])],
  ],
  "a comparison": [
    [node("Less", ["x", "w"], "c"), node("Cast", ["c"], "y", [int("to", 1)])],
    [spoiled("w", -BIG)],
  ],
  "a choice by a constant": [
    [node("Where", ["seen", "x", "w"], "a"), node("Softmax", ["a"], "y", [int("axis", -1)])],
    [
      floats("w", [], [-BIG]),
      {
        name: "seen",
        dataType: 9,
        dims: [4n, 4n],
        int32Data: Array.from({ length: COUNT }, (_, k) => Number(k % 4 <= k / 4)),
      },
    ],
  ],
};

describe("infinite constants", () => {
  for (const [op, value] of [
    ["Max", -BIG],
    ["Min", BIG],
  ] as const) {
    it(`bound nothing where a compiled ${op} has them`, () => {
      const file = model([[node(op, ["x", "w"], "y")], [spoiled("w", value)]]);
      const input = Array.from({ length: COUNT }, (_, k) => ((k * 7) % 16) / 8 - 1);
      const { graph } = compile(file, {
        name: "bounded",
        input: { mode: "public", bits: 12, fractionBits: 8 },
        output: { mode: "public", bits: 24, fractionBits: 8 },
        calibration: { samples: [input] },
      });
      const actual = interpret(
        graph,
        input.map((it) => BigInt(it * 256)),
      );
      runFloat(readModel(file), input).forEach((it, k) => {
        expect(Math.abs(Number(actual[k]) / 256 - it)).to.be.below(0.01);
      });
    });
  }

  for (const [name, form] of Object.entries(CALCULATED)) {
    it(`are refused as ${name}`, () => {
      const { data } = errorOf(() => readModel(model(form))) as { data: unknown };
      expect(data).to.include({ code: "VALUE_NOT_FINITE", tensor: "w" });
    });
  }

  it("are refused as a bias whose function settles", () => {
    const form: Form = [
      [
        node("Gemm", ["x", "w", "b"], "h", [int("transB", 1)]),
        node("Sigmoid", ["h"], "g"),
        node("Gemm", ["g", "w2"], "y"),
      ],
      [
        floats("w", [2, 2], [1, 2, 1, 1]),
        floats("b", [2], [0.1, BIG]),
        floats("w2", [2, 1], [1, 1]),
      ],
    ];
    const expected = { code: "VALUE_NOT_FINITE", tensor: "b", index: 1 };
    expect(errorOf(() => readModel(model(form, [1, 2])))).to.have.deep.property("data", expected);
  });

  it("are refused as weights of a recurrent layer", () => {
    const form: Form = [
      [node("LSTM", ["x", "w", "r"], "y", [int("hidden_size", 1)])],
      [spoiled("w", BIG, [1, 4, 2]), floats("r", [1, 4, 1], [0.1, 0.2, 0.3, 0.4])],
    ];
    const expected = { code: "VALUE_NOT_FINITE", tensor: "w", index: 3 };
    const error = errorOf(() => readModel(model(form, [3, 1, 2])));
    expect(error).to.have.deep.property("data", expected);
  });

  it("are refused as values of a tree", () => {
    const { nodes_values: values, ...trees } = randomTrees({ trees: 1, depth: 2 });
    const { floats: thresholds } = values as { readonly floats: readonly number[] };
    const spoiledValues = floats("", [thresholds.length], thresholds.with(0, BIG));
    const file = opModel({
      op: "TreeEnsembleRegressor",
      domain: "ai.onnx.ml",
      attributes: { ...trees, n_targets: 1, nodes_values_as_tensor: { tensor: spoiledValues } },
      inputs: [{ shape: [1, 4] }],
    });
    expect(errorOf(() => readModel(file))).to.have.deep.property("data", {
      code: "VALUE_NOT_FINITE",
      tensor: "nodes_values_as_tensor of node",
      index: 0,
    });
  });

  for (const [name, form] of Object.entries(ALLOWED)) {
    it(`are taken as ${name}`, async () => {
      const file = model(form);
      const random = randomNumbers(5);
      const { float } = await session(file, SHAPE);
      const graph = readModel(file);
      for (let sample = 0; sample < 3; sample++) {
        const input = Array.from({ length: COUNT }, () => Math.fround(2 * random()));
        const expected = await float(input);
        const actual = runFloat(graph, input);
        expect(actual.length).to.equal(expected.length);
        expected.forEach((it, k) => {
          expect(Math.abs(actual[k]! - it)).to.be.below(1e-5);
        });
      }
    });
  }
});
