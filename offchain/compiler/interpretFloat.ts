import { CompilerError } from "./errors.ts";
import type { FloatGraph, FloatId, FloatNode } from "./ir/floatGraph.ts";
import { operandsOf } from "./ir/floatGraph.ts";
import { lookUp } from "./ir/lookUp.ts";
import { elementsOf } from "./ir/shape.ts";
import { functionOf } from "./passes/functions.ts";

/** Looks up the shape of a tensor. */
export type ShapeOf = (id: FloatId) => readonly number[];

/**
 * Runs the graph in double precision, additions in index order, so that every machine gets the same bits.
 *
 * @param input row-major elements of all inputs, laid end to end
 * @returns the output, row-major, all outputs laid end to end
 * @throws {CompilerError} `INPUT_INVALID` for a wrong number of elements.
 */
export function runFloat(graph: FloatGraph, input: ArrayLike<number>): Float64Array {
  return lookUp(runFloatAll(graph, input), graph.output, "float");
}

/** As `runFloat`, every tensor by its id, constants included. */
export function runFloatAll(
  graph: FloatGraph,
  input: ArrayLike<number>,
): ReadonlyMap<FloatId, Float64Array> {
  const shapeOf: ShapeOf = (id) => lookUp(graph.tensors, id, "float").shape;
  const expected = elementsOf(shapeOf(graph.input));
  if (input.length !== expected) {
    const reason = `${input.length} elements where the model takes ${expected}`;
    throw new CompilerError({ code: "INPUT_INVALID", index: input.length, reason });
  }
  const values = new Map<FloatId, Float64Array>([[graph.input, Float64Array.from(input)]]);
  for (const [id, constant] of graph.constants) values.set(id, constant.values);
  for (const node of graph.nodes) {
    const operands = operandsOf(node).map((id) => lookUp(values, id, "float"));
    values.set(node.output, evaluate(node, operands, shapeOf));
  }
  return values;
}

/** Value of one node, from those of `operandsOf(node)`. */
export function evaluate(
  node: FloatNode,
  operands: readonly Float64Array[],
  shapeOf: ShapeOf,
): Float64Array {
  const [a = new Float64Array(), b = new Float64Array(), c] = operands;
  switch (node.op) {
    case "linear": {
      const [outputs = 0, inputs = 0] = shapeOf(node.weights);
      const sums = products(a, b, inputs, outputs);
      return c === undefined ? sums : sums.map((it, i) => it + (c[i % outputs] ?? 0));
    }
    case "matmul": {
      const [batches = 0, rows = 0, inner = 0] = shapeOf(node.left);
      const [, columns = 0] = shapeOf(node.right);
      const result = new Float64Array(batches * rows * columns);
      for (let k = 0; k < batches; k++) {
        const left = a.subarray(k * rows * inner, (k + 1) * rows * inner);
        const right = b.subarray(k * columns * inner, (k + 1) * columns * inner);
        result.set(products(left, right, inner, columns), k * rows * columns);
      }
      return result;
    }
    case "sum": {
      const sums = new Float64Array(a.length);
      node.terms.forEach(({ factor }, k) => {
        operands[k]?.forEach((it, i) => {
          sums[i] = (sums[i] ?? 0) + factor * it;
        });
      });
      return sums;
    }
    case "multiply":
      return a.map((it, i) => it * (b[i] ?? 0));
    case "divide":
      return a.map((it, i) => it / (b[i] ?? 0));
    case "view": {
      const starts: number[] = [];
      let total = 0;
      for (const it of operands) {
        starts.push(total);
        total += it.length;
      }
      const flat = operands.length === 1 ? a : new Float64Array(total);
      if (operands.length !== 1)
        operands.forEach((it, k) => {
          flat.set(it, starts[k]);
        });
      const result = new Float64Array(node.indices.length);
      for (let i = 0; i < result.length; i++) result[i] = flat[node.indices[i] ?? -1] ?? 0;
      return result;
    }
    case "reduceSum":
    case "reduceMax": {
      const length = shapeOf(node.input).at(-1) ?? 1;
      return Float64Array.from({ length: a.length / length }, (_, i) => {
        const row = a.subarray(i * length, (i + 1) * length);
        return node.op === "reduceSum"
          ? row.reduce((sum, it) => sum + it, 0)
          : row.reduce((most, it) => Math.max(most, it), -Infinity);
      });
    }
    case "relu":
      return a.map((it) => (it < 0 ? 0 : it));
    case "floor":
      return a.map(Math.floor);
    case "unary":
      return a.map(functionOf(node.fn));
    case "compare":
      return a.map((it, i) => Number(holds(node.relation, it, b[i] ?? 0)));
    case "select":
      return a.map((it, i) => (it === 0 ? (c?.[i] ?? 0) : (b[i] ?? 0)));
    default:
      return node satisfies never;
  }
}

function holds(relation: "less" | "lessOrEqual" | "equal", a: number, b: number): boolean {
  switch (relation) {
    case "less":
      return a < b;
    case "lessOrEqual":
      return a <= b;
    case "equal":
      return a === b;
    default:
      return relation satisfies never;
  }
}

/** `result[r, o] = Σ_i rows[r, i] · weights[o, i]`. */
function products(
  rows: Float64Array,
  weights: Float64Array,
  inputs: number,
  outputs: number,
): Float64Array {
  const count = rows.length / inputs;
  const result = new Float64Array(count * outputs);
  for (let r = 0; r < count; r++) {
    for (let o = 0; o < outputs; o++) {
      let sum = 0;
      for (let i = 0; i < inputs; i++)
        sum += (rows[r * inputs + i] ?? 0) * (weights[o * inputs + i] ?? 0);
      result[r * outputs + o] = sum;
    }
  }
  return result;
}
