import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { flagAttribute } from "../attributes.ts";
import { not } from "../formulas.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";
import type { Cell, Direction } from "../recurrence.ts";
import { readRecurrence, recurrentAttributes } from "../recurrence.ts";

/** `h = f(W x + R h + b)`. */
const RNN: Cell = {
  gates: 1,
  functions: ["Tanh"],
  step(of, step, { h }) {
    const [f = same] = of.functions;
    return { h: f(gatesOf(of, step, h, 0, 1)), c: undefined };
  },
};

/** Gates z, r, h. `resetsFirst`: the reset gate multiplies the state, else the state's product with its weights. */
function gru(resetsFirst: boolean): Cell {
  return {
    gates: 3,
    functions: ["Sigmoid", "Tanh"],
    ...(resetsFirst ? {} : { biasFrom: 2 }),
    step(of, step, { h }) {
      const { ops, hidden } = of;
      const [f = same, g = same] = of.functions;
      const [z, r] = split(ops, f(gatesOf(of, step, h, 0, 2)), hidden, 2);
      const memory = resetsFirst ? resetState(of, h, r) : resetProduct(of, h, r);
      const projected = of.projected(step, 2, 3);
      const candidate = g(memory === undefined ? projected : ops.add(projected, memory));
      // (1 - z) candidate + z h
      const change = h === undefined ? ops.scale(candidate, -1) : ops.subtract(h, candidate);
      return { h: ops.add(candidate, ops.multiply(z, change)), c: undefined };
    },
  };
}

/** Gates i, o, f, c; peepholes of i, o, f. `isCoupled`: what is not written is kept. */
function lstm(isCoupled: boolean): Cell {
  return {
    gates: 4,
    functions: ["Sigmoid", "Tanh", "Tanh"],
    step(of, step, { h, c }) {
      const { ops } = of;
      const [, g = same, out = same] = of.functions;
      const { i, o, f } = inputGates(of, step, h, c);
      const written = ops.multiply(i, g(gatesOf(of, step, h, 3, 4)));
      const kept = c && ops.multiply(isCoupled ? not(ops, i) : f, c);
      const cell = kept === undefined ? written : ops.add(kept, written);
      return { h: ops.multiply(o(cell), out(cell)), c: cell };
    },
  };
}

export const RECURRENT_OPS = {
  GRU: reader(6, 2, "linear_before_reset", (node) =>
    gru(!flagAttribute(node, "linear_before_reset")),
  ),
  LSTM: reader(8, 3, "input_forget", (node) => lstm(flagAttribute(node, "input_forget"))),
  RNN: reader(6, 2, undefined, () => RNN),
} satisfies OpTable;

function reader(
  inputs: number,
  outputs: number,
  attribute: string | undefined,
  cell: (node: OnnxNode) => Cell,
): OpReader {
  return {
    inputs: { least: 3, most: inputs },
    outputs: { least: 0, most: outputs },
    attributes: (opset) => [
      ...recurrentAttributes(opset),
      ...(attribute === undefined ? [] : [attribute]),
    ],
    read: (node, ops) => readRecurrence(node, ops, cell(node)),
  };
}

/** `W x + R h + b` for the gates from one to another. */
function gatesOf(
  of: Direction,
  step: number,
  h: FloatId | undefined,
  from: number,
  to: number,
): FloatId {
  const projected = of.projected(step, from, to);
  if (h === undefined) return projected;
  return of.ops.add(projected, of.ops.linear(h, of.recurrent(from, to)));
}

/** The gates i, o, f of an LSTM, the output gate once the new cell is known. */
function inputGates(
  of: Direction,
  step: number,
  h: FloatId | undefined,
  c: FloatId | undefined,
): { readonly i: FloatId; readonly f: FloatId; readonly o: (cell: FloatId) => FloatId } {
  const { ops, hidden } = of;
  const [f = same] = of.functions;
  const all = gatesOf(of, step, h, 0, 3);
  if (of.peephole(0) === undefined) {
    const [i, o, forget] = split(ops, f(all), hidden, 3);
    return { i, f: forget, o: () => o };
  }
  const [i, o, forget] = split(ops, all, hidden, 3);
  const seen = (gate: FloatId, at: number, cell: FloatId | undefined): FloatId => {
    const weights = of.peephole(at);
    if (cell === undefined || weights === undefined) return f(gate);
    return f(ops.add(gate, ops.multiply(cell, weights)));
  };
  return { i: seen(i, 0, c), f: seen(forget, 2, c), o: (cell) => seen(o, 1, cell) };
}

function resetState(of: Direction, h: FloatId | undefined, r: FloatId): FloatId | undefined {
  return h && of.ops.linear(of.ops.multiply(r, h), of.recurrent(2, 3));
}

function resetProduct(of: Direction, h: FloatId | undefined, r: FloatId): FloatId | undefined {
  const bias = of.recurrentBias(2, 3);
  const product = h === undefined ? bias : of.ops.linear(h, of.recurrent(2, 3), bias);
  return product && of.ops.multiply(r, product);
}

/** Equal parts along the last of two axes. */
function split<Count extends 2 | 3>(
  ops: FloatOps,
  gates: FloatId,
  hidden: number,
  count: Count,
): Count extends 2 ? [FloatId, FloatId] : [FloatId, FloatId, FloatId] {
  const parts = Array.from({ length: count }, (_, k) => ops.slice(gates, 1, k * hidden, hidden));
  return parts as Count extends 2 ? [FloatId, FloatId] : [FloatId, FloatId, FloatId];
}

function same(x: FloatId): FloatId {
  return x;
}
