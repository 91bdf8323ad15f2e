import type { ProvableModel } from "../../offchain/compiler/emit/components.ts";
import type { IntegerType, Parameter } from "../../offchain/compiler/ir/integerGraph.ts";
import { BIT, graphOf, signed, tensor, unsigned, values } from "./integerGraph.ts";
import type { NodeDraft } from "./integerGraph.ts";
import { rescaleReference } from "./rescale.ts";

const I4 = signed(4);
const I8 = signed(8);
const I12 = signed(12);
const I32 = signed(32);
const I34 = signed(34);
const U8 = unsigned(8);
const U20 = unsigned(20);

/** Values spread over the type by a linear congruence, `seed` apart. */
function parameter(
  id: string,
  shape: readonly number[],
  type: IntegerType,
  seed: number,
): Parameter {
  const elements = shape.reduce((product, it) => product * it, 1);
  const integers = Array.from({ length: elements }, (_, i) => {
    const digit = (BigInt(i + 1 + seed) * 2654435761n) % (1n << BigInt(type.bits));
    return type.signed ? digit - (1n << BigInt(type.bits - 1)) : digit;
  });
  return values(id, shape, type, integers);
}

type Sizes = readonly [inputs: number, hidden: number, outputs: number];

/**
 * Layers with ReLU between them, input and output public. The first layer has a multiplier for each channel, the second
 * one for all; with public weights all of them are constants.
 */
export function mlp(
  seed: number,
  options: {
    readonly prefix?: string;
    readonly sizes?: Sizes;
    readonly weights?: ProvableModel["weights"];
  } = {},
): ProvableModel {
  const { prefix = "mlp", sizes = [5, 3, 2], weights = "private" } = options;
  const [n, h, o] = sizes;
  const known = [
    parameter(`${prefix}.w0`, [h, n], I8, seed),
    parameter(`${prefix}.b0`, [h], I32, seed),
    parameter(`${prefix}.m0`, [h], U20, seed),
    parameter(`${prefix}.w1`, [o, h], I8, seed),
    parameter(`${prefix}.b1`, [o], I32, seed),
    values(`${prefix}.m1`, [1], U20, [4000 + seed]),
  ];
  const [w0 = "", b0, m0, w1 = "", b1, m1] = known.map(({ id }) => id);
  const nodes: NodeDraft[] = [
    {
      ...{ op: "linear", input: "in", weights: w0, bias: b0 },
      output: tensor(`${prefix}.a0`, [1, h], I34),
    },
    {
      ...{ op: "rescale", input: `${prefix}.a0`, multiplier: m0, shift: 44, relu: true },
      output: tensor(`${prefix}.h0`, [1, h], U8),
    },
    {
      ...{ op: "linear", input: `${prefix}.h0`, weights: w1, bias: b1 },
      output: tensor(`${prefix}.a1`, [1, o], I34),
    },
    {
      ...{ op: "rescale", input: `${prefix}.a1`, multiplier: m1, shift: 12, relu: false },
      output: tensor("out", [1, o], I32),
    },
  ];
  const encoding = { mode: "public", signed: true, fractionBits: 6 } as const;
  const list = weights === "private" ? "parameters" : "constants";
  return {
    graph: graphOf(tensor("in", [1, n], I12), nodes, { [list]: known }),
    input: { ...encoding, elements: n, bits: 12 },
    output: { ...encoding, elements: o, bits: 32 },
    weights,
  };
}

/** The integers of `mlp` once more, without the graph. */
export function runMlp({ graph }: ProvableModel, input: readonly bigint[]): readonly bigint[] {
  const known = [...graph.parameters, ...graph.constants].map((it) => it.values);
  const [w0 = [], b0 = [], m0 = [], w1 = [], b1 = [], m1 = []] = known;
  const hidden = product(w0, input, b0).map((it, i) => rescaleReference(it, m0[i]!, 44, 8, false));
  return product(w1, hidden, b1).map((it) => rescaleReference(it, m1[0]!, 12, 32, true));
}

function product(
  weights: readonly bigint[],
  input: readonly bigint[],
  bias: readonly bigint[],
): readonly bigint[] {
  return Array.from({ length: weights.length / input.length }, (_, o) =>
    input.reduce((sum, it, i) => sum + it * weights[o * input.length + i]!, bias[o]!),
  );
}

/** Every operation, parameters and constants among their operands, all committed. */
export function everyOperation(seed: number): ProvableModel {
  const parameters = [
    parameter("w", [2, 3], I4, seed),
    parameter("b", [2], I8, seed),
    values("m", [1], unsigned(4), [9n + (BigInt(seed) % 4n)]),
    parameter("k", [6], I4, seed),
    parameter("scale", [1], unsigned(4), seed),
  ];
  const constants = [
    values("minus", [1], signed(2), [-1]),
    values("mask", [6], BIT, [1, 1, 0, 1, 1, 0]),
    values("half", [2], unsigned(2), [1, 2]),
  ];
  const base = [-100, 50, 0, 0, 120, -3, 7, 127, -128, 1, 2, 3, 4, 5, 6, 7].map(BigInt);
  const slope = [1, -20, 0, 0, 2, 1, -1, 0, 3, 0, 0, 9, 1, 1, 1, -2].map(BigInt);
  const nodes: NodeDraft[] = [
    { op: "linear", input: "in", weights: "w", bias: "b", output: tensor("a", [2, 2], I12) },
    {
      ...{ op: "rescale", input: "a", multiplier: "m", shift: 6, relu: true },
      output: tensor("h", [2, 2], unsigned(4)),
    },
    {
      ...{ op: "view", inputs: ["h"], indices: Int32Array.of(0, 2, -1, 1, 3, -1) },
      output: tensor("v", [1, 3, 2], unsigned(4)),
    },
    {
      ...{ op: "view", inputs: ["in", "k"], indices: Int32Array.of(5, 4, 7, 6) },
      output: tensor("right", [1, 2, 2], signed(6)),
    },
    { op: "matmul", left: "v", right: "right", output: tensor("p", [1, 3, 2], I12) },
    {
      ...{ op: "combine", inputs: ["p", "in", "k"], multipliers: ["scale", "minus", "minus"] },
      output: tensor("c", [6], signed(16)),
    },
    { op: "multiply", left: "c", right: "mask", output: tensor("masked", [6], signed(16)) },
    { op: "multiply", left: "masked", right: "k", output: tensor("mk", [6], signed(19)) },
    {
      ...{ op: "rescale", input: "mk", multiplier: undefined, shift: 8, relu: false },
      output: tensor("r", [2, 3], signed(6)),
    },
    {
      ...{ op: "rescale", input: "in", multiplier: "half", shift: 2, relu: false },
      output: tensor("in2", [3, 2], signed(5)),
    },
    { op: "relu", input: "r", output: tensor("q", [6], unsigned(5)) },
    { op: "lookup", input: "r", lowBits: 2, base, slope, output: tensor("l", [6], I8) },
    { op: "divide", left: "l", right: "q", shift: 3, output: tensor("d", [6], I12) },
    { op: "sqrt", input: "q", output: tensor("t", [6], unsigned(3)) },
    {
      ...{ op: "compare", relation: "lessOrEqual", left: "d", right: "l" },
      output: tensor("less", [6], BIT),
    },
    {
      ...{ op: "compare", relation: "equal", left: "t", right: "in2" },
      output: tensor("same", [6], BIT),
    },
    {
      ...{ op: "select", condition: "less", left: "d", right: "r" },
      output: tensor("s", [2, 3], I12),
    },
    { op: "reduceMax", input: "s", output: tensor("most", [2], I12) },
    { op: "reduceSum", input: "s", output: tensor("sum", [2], signed(14)) },
    {
      ...{ op: "view", inputs: ["same", "most", "sum", "less"] },
      indices: Int32Array.from({ length: 16 }, (_, i) => i),
      output: tensor("out", [1, 16], signed(14)),
    },
  ];
  const encoding = { mode: "committed", signed: true, fractionBits: 0 } as const;
  return {
    graph: graphOf(tensor("in", [2, 3], signed(6)), nodes, { parameters, constants }),
    input: { ...encoding, elements: 6, bits: 6 },
    output: { ...encoding, elements: 16, bits: 14 },
    weights: "private",
  };
}
