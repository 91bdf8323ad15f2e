import { quantizeTensor } from "@vouch/protocol";
import type { CompiledModel, CompileOptions } from "@vouch/compiler";
import { compile, driftReport, emitIntegerOnnx, interpret } from "@vouch/compiler";
import { expect } from "chai";
import { ATTRIBUTE_TYPES } from "../../../offchain/compiler/onnx/modelProto.ts";
import type { NodeProto } from "../../../offchain/compiler/onnx/modelProto.ts";
import type { ModelParts } from "../../helpers/onnxModel.ts";
import {
  floats,
  int,
  node,
  onnxModel,
  randomNumbers,
  session,
  valueInfo,
} from "../../helpers/onnxModel.ts";

/** One feature is this many times the other. */
const WIDE = 100_000;
const random = randomNumbers(5);
const between = (lo: number, hi: number): number => lo + ((hi - lo) * (random() + 1)) / 2;
const numbers = (count: number, most: number): number[] =>
  Array.from({ length: count }, () => most * random());

const MEAN = floats("mean", [2], [WIDE / 2, 0.5]);
const DEVIATION = floats("deviation", [2], [0.28 * WIDE, 0.3]);
const NETWORK = [
  node("Gemm", ["n", "w", "b"], "h"),
  node("Relu", ["h"], "g"),
  node("Gemm", ["g", "w2"], "y"),
];
const WEIGHTS = [
  floats("w", [2, 3], [1, 2, -1, 1, -2, 1]),
  floats("b", [3], [0.5, 0, 1]),
  floats("w2", [3, 1], [1, -1, 2]),
];
const two = (): number[] => [between(0, WIDE), between(0, 1)];
const four = (): number[] => numbers(4, 1);
const image = (): number[] => [...numbers(25, 500).map((it) => it + 500), ...numbers(25, 0.5)];

type Case = {
  readonly parts: ModelParts;
  /** Largest error. */
  readonly within?: number;
  readonly draw: () => number[];
  /** Bits of the input, of which 12 come after the point. */
  readonly bits?: number;
};

/** A convolution of one channel each, whose weights differ by 100, an activation, and one of 1 by 1 that makes up for it. */
function depthwise(activation: NodeProto): Case {
  const ratios = [1, 1 / 100, 1 / 10, 1 / 100];
  const ratio = (channel: number): number => ratios[channel] ?? 1;
  return {
    parts: {
      opset: 14,
      input: [1, 4, 6, 6],
      nodes: [
        node("Conv", ["x", "w", "b"], "h", [int("group", 4)]),
        activation,
        node("Conv", ["a", "w2"], "y"),
      ],
      initializers: [
        floats(
          "w",
          [4, 1, 3, 3],
          numbers(36, 1).map((it, i) => it * ratio(Math.floor(i / 9))),
        ),
        floats(
          "b",
          [4],
          numbers(4, 0.5).map((it, i) => it * ratio(i)),
        ),
        floats(
          "w2",
          [4, 4, 1, 1],
          numbers(16, 0.3).map((it, i) => it / ratio(i % 4)),
        ),
        floats("low", [], [0]),
        floats("high", [], [6]),
      ],
    },
    draw: () => numbers(144, 1),
    bits: 16,
    within: 0.03,
  };
}

const CASES: Readonly<Record<string, Case>> = {
  "a layer of two units": {
    parts: {
      input: [1, 2],
      nodes: [
        ...NETWORK.map((it) => ({
          ...it,
          input: (it.input ?? []).map((id) => id.replace("n", "x")),
        })),
      ],
      initializers: [
        floats("w", [2, 3], [3.6 / WIDE, 7.1 / WIDE, -3.6 / WIDE, 3, -2, 1]),
        ...WEIGHTS.slice(1),
      ],
    },
    draw: two,
  },
  "a standardization": {
    parts: {
      input: [1, 2],
      nodes: [node("Sub", ["x", "mean"], "c"), node("Div", ["c", "deviation"], "n"), ...NETWORK],
      initializers: [MEAN, DEVIATION, ...WEIGHTS],
    },
    draw: two,
  },
  "a factor and an addend": {
    parts: {
      input: [1, 2],
      nodes: [node("Mul", ["x", "factor"], "m"), node("Add", ["m", "addend"], "n"), ...NETWORK],
      initializers: [
        floats("factor", [2], [-3.6 / WIDE, 3.3]),
        floats("addend", [2], [1.8, -1.6]),
        ...WEIGHTS,
      ],
    },
    draw: two,
  },
  "a batch normalization before a padded convolution": {
    parts: {
      opset: 14,
      input: [1, 2, 5, 5],
      nodes: [
        node("BatchNormalization", ["x", "one", "beta", "mean", "variance"], "n"),
        node("Conv", ["n", "w"], "y", [
          { name: "pads", type: ATTRIBUTE_TYPES.ints, ints: [1n, 1n, 1n, 1n] },
        ]),
      ],
      initializers: [
        floats("one", [2], [1, 1]),
        floats("beta", [2], [0.3, -0.2]),
        floats("mean", [2], [500, 0]),
        floats("variance", [2], [280 * 280, 0.09]),
        floats("w", [3, 2, 3, 3], numbers(54, 1)),
      ],
    },
    draw: image,
  },
  "inputs with layers of their own": {
    parts: {
      nodes: [
        node("Gemm", ["a", "w1"], "h1"),
        node("Gemm", ["b", "w2"], "h2"),
        node("Add", ["h1", "h2"], "y"),
      ],
      initializers: [
        floats("w1", [2, 2], [1 / WIDE, -1 / WIDE, 2 / WIDE, 0.5 / WIDE]),
        floats("w2", [2, 2], [1, -0.5, 0.7, 2]),
      ],
      graph: { input: [valueInfo("a", [1, 2]), valueInfo("b", [1, 2])] },
    },
    draw: () => [between(0, WIDE), between(0, WIDE), between(0, 1), between(0, 1)],
  },
  "a concatenation": {
    parts: {
      input: [1, 4],
      nodes: [
        node("MatMul", ["x", "w"], "a"),
        node("Relu", ["a"], "wide"),
        node("MatMul", ["x", "w2"], "l"),
        node("Sigmoid", ["l"], "p"),
        node("Concat", ["wide", "p"], "c", [int("axis", 1)]),
        node("MatMul", ["c", "w3"], "y"),
      ],
      initializers: [
        floats("w", [4, 2], numbers(8, 1000)),
        floats("w2", [4, 2], numbers(8, 1)),
        floats("w3", [4, 1], [0.001, -0.001, 1, -1]),
      ],
    },
    draw: four,
    bits: 16,
  },
  "factors after a function": {
    parts: {
      input: [1, 4],
      nodes: [
        node("MatMul", ["x", "w"], "a"),
        node("Tanh", ["a"], "t"),
        node("Mul", ["t", "k"], "m"),
        node("MatMul", ["m", "w3"], "y"),
      ],
      initializers: [
        floats("w", [4, 3], numbers(12, 1)),
        floats("k", [3], [1000, 1, 0.01]),
        floats("w3", [3, 1], [0.001, 1, 100]),
      ],
    },
    draw: four,
    bits: 16,
  },
  "a convolution in groups and a ReLU": depthwise(node("Relu", ["h"], "a")),
  "a convolution in groups and a clip": depthwise(node("Clip", ["h", "low", "high"], "a")),
  "a convolution in groups and a product": depthwise(node("HardSwish", ["h"], "a")),
};

type Weights = "private" | "public";

function compiled(
  { parts, bits = 30 }: Case,
  calibration: CompileOptions["calibration"],
  weights: Weights = "private",
): CompiledModel {
  return compile(onnxModel(parts), {
    name: "features",
    input: { mode: "public", bits, fractionBits: 12 },
    output: { mode: "public", bits: 32, fractionBits: 12 },
    calibration,
    weights,
  });
}

const drawn = ({ draw }: Case): number[][] =>
  Array.from({ length: 24 }, () => draw().map((it) => Math.round(it * 2 ** 12) / 2 ** 12));

describe("compile, features of different ranges", () => {
  for (const [name, own] of Object.entries(CASES)) {
    for (const weights of ["private", "public"] as const) {
      it(`${name}, ${weights} weights`, async () => {
        const samples = drawn(own);
        const model = compiled(own, { samples }, weights);
        const report = driftReport(model, samples);
        expect(report.maxAbsError).to.be.below(own.within ?? 0.15);
        const { integer } = await session(emitIntegerOnnx(model.graph), [samples[0]!.length]);
        for (const sample of [...samples, samples[0]!.map((it) => -it)]) {
          const input = quantizeTensor(sample, model.input);
          expect(await integer(input)).to.deep.equal(interpret(model.graph, input));
        }
      });
    }

    it(`${name}, again with the ranges alone`, () => {
      const model = compiled(own, { samples: drawn(own) });
      expect(compiled(own, { ranges: model.ranges }).graph).to.deep.equal(model.graph);
    });
  }

  const STANDARDIZED = CASES["a standardization"]!;
  const RETRAINED: Readonly<Record<string, readonly [Case, Case]>> = {
    "a standardization": [
      STANDARDIZED,
      {
        parts: {
          ...STANDARDIZED.parts,
          initializers: [
            floats("mean", [2], [WIDE / 3, 0.4]),
            floats("deviation", [2], [0.2 * WIDE, 0.2]),
            ...WEIGHTS,
          ],
        },
        draw: () => [between(0, 0.9 * WIDE), between(0, 0.7)],
      },
    ],
    "a convolution in groups": [
      depthwise(node("Relu", ["h"], "a")),
      depthwise(node("Relu", ["h"], "a")),
    ],
  };
  for (const [name, trainings] of Object.entries(RETRAINED)) {
    it(`commits what training and calibration choose of ${name}`, () => {
      const [a, b] = trainings.map((it) => {
        const { graph } = compiled(it, { samples: drawn(it) });
        const parameters = graph.parameters.map(({ id, shape, type }) => ({ id, shape, type }));
        return { nodes: graph.nodes, constants: graph.constants, parameters };
      });
      expect(b).to.deep.equal(a);
    });
  }

  it("leaves one scale to features of similar ranges", () => {
    const similar: Case = {
      parts: { input: [1, 2], nodes: [node("Gemm", ["x", "w"], "y")], initializers: [WEIGHTS[0]!] },
      draw: () => [between(0, 8), between(0, 1)],
    };
    const other = compiled(similar, { samples: drawn(similar) });
    expect(Object.keys(other.ranges)).to.have.members(["input", "output"]);
  });
});
