import type { WeightsMode } from "@vouch/compiler";
import { compile, interpret } from "@vouch/compiler";
import { quantizeTensor } from "@vouch/protocol";
import { expect } from "chai";
import { floats, int, node, onnxModel, randomNumbers, valueInfo } from "../../helpers/onnxModel.ts";

const [INPUTS, CLASSES, ROWS] = [4, 3, 8];
const INPUT = { mode: "public", bits: 16, fractionBits: 12 } as const;
const OUTPUT = { mode: "public", bits: 32, fractionBits: 16 } as const;
const AXIS = [int("axis", 1)];

/** Label, and what it is the index of the largest of. */
function classifier(seed: number, scale: number): Uint8Array {
  const next = randomNumbers(seed);
  const weights = Array.from({ length: INPUTS * CLASSES }, () => next() * scale);
  return onnxModel({
    input: ["N", INPUTS],
    nodes: [
      node("MatMul", ["x", "w"], "scores"),
      node("Softmax", ["scores"], "p", AXIS),
      node("ArgMax", ["p"], "label", AXIS),
    ],
    initializers: [floats("w", [INPUTS, CLASSES], weights)],
    graph: { output: [valueInfo("label", ["N", 1], 7), valueInfo("p", ["N", CLASSES])] },
  });
}

/** A comparison with a maximum is of integers that came from one rounding, or no element equals it. */
describe("a label beside its probabilities", () => {
  for (const weights of ["private", "public"] as const satisfies readonly WeightsMode[]) {
    it(`is the index of the largest, weights ${weights}`, () => {
      for (let seed = 1; seed <= 10; seed++) {
        for (const scale of [0.2, 1, 4]) {
          const next = randomNumbers(100 + seed);
          const rows = Array.from({ length: ROWS }, () => Array.from({ length: INPUTS }, next));
          const calibration = { samples: rows.slice(0, 1) };
          const options = { name: "labels", weights, input: INPUT, output: OUTPUT, calibration };
          const { graph, input } = compile(classifier(seed, scale), options);
          for (const row of rows) {
            const output = interpret(graph, quantizeTensor(row, input));
            const label = Number(output[0]!) / 2 ** OUTPUT.fractionBits;
            const probabilities = output.slice(1).map(Number);
            expect(probabilities[label]).to.equal(Math.max(...probabilities));
          }
        }
      }
    });
  }
});

/** Rounded by itself, a leaf of one half may come out above the threshold that it is compared with. */
describe("a label at the line of one half", () => {
  /** Probability of a leaf, and whether it is above one half. */
  const tree = (leaves: readonly [number, number]): Uint8Array =>
    onnxModel({
      input: ["N", 1],
      nodes: [
        node("Less", ["x", "split"], "left"),
        node("Where", ["left", "first", "second"], "p"),
        node("Greater", ["p", "half"], "above"),
        node("Cast", ["above"], "label", [int("to", 1)]),
      ],
      initializers: [
        floats("split", [1], [0]),
        floats("first", [1], [leaves[0]]),
        floats("second", [1], [leaves[1]]),
        floats("half", [1], [0.5]),
      ],
      graph: { output: [valueInfo("label", ["N", 1])] },
    });

  for (const weights of ["private", "public"] as const satisfies readonly WeightsMode[]) {
    it(`stays where it is, weights ${weights}`, () => {
      for (const most of [0.913043, 0.7, 0.60001, 0.987654, 1]) {
        const options = { name: "half", weights, input: INPUT, output: OUTPUT };
        const calibration = { samples: [[-1], [1]] };
        const { graph, input } = compile(tree([0.5, most]), { ...options, calibration });
        const labelOf = (x: number): bigint => interpret(graph, quantizeTensor([x], input))[0]!;
        expect([labelOf(-1), labelOf(1)], String(most)).to.deep.equal([0n, 1n << 16n]);
      }
    });
  }
});

/** A multiplier that has a bit or two left makes 0.5 of 0.1. */
describe("an output far wider than its values", () => {
  const tenth = onnxModel({
    input: ["N", 1],
    nodes: [node("Mul", ["x", "tenth"], "y")],
    initializers: [floats("tenth", [1], [0.1])],
  });
  for (const weights of ["private", "public"] as const satisfies readonly WeightsMode[]) {
    for (const encoding of ["32/8", "32/12", "32/16", "32/24", "24/8", "16/8"]) {
      const [bits = 0, fractionBits = 0] = encoding.split("/").map(Number);
      it(`is right to its step, ${encoding}, weights ${weights}`, () => {
        const samples = Array.from({ length: 65 }, (_, i) => [(i - 32) / 32]);
        const output = { ...OUTPUT, bits, fractionBits };
        const options = { name: "tenth", weights, input: INPUT, output };
        const { graph, input } = compile(tenth, { ...options, calibration: { samples } });
        for (const [x = 0] of samples) {
          const [y = 0n] = interpret(graph, quantizeTensor([x], input));
          const error = Math.abs(Number(y) - (x / 10) * 2 ** fractionBits);
          expect(error, String(x)).to.be.at.most(1 + 2 ** (fractionBits - 18));
        }
      });
    }
  }
});
