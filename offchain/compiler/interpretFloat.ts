import { lookUp } from "./ir/lookUp.ts";
import { CompilerError } from "./errors.ts";
import type { FloatGraph, FloatId, FloatNode } from "./ir/floatGraph.ts";
import { operandsOf } from "./ir/floatGraph.ts";
import { broadcastIndices, elementsOf } from "./ir/shape.ts";

/** Looks up the shape of a tensor. */
export type ShapeOf = (id: FloatId) => readonly number[];

/**
 * Runs the graph in double precision, additions in index order, so that every machine gets the same bits.
 *
 * @param input row-major elements of the input, batch 1
 * @returns the output, row-major
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
  const shapeOf: ShapeOf = (id) => lookUp(graph.shapes, id, "float");
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
  const [first = new Float64Array(), second = new Float64Array(), third] = operands;
  switch (node.op) {
    case "matmul": {
      const [rows = 0, columns = 0] = shapeOf(node.right);
      return node.transposeRight
        ? products(first, second, columns, rows)
        : products(first, transpose(second, rows, columns), rows, columns);
    }
    case "linear": {
      const [outputs = 0, inputs = 0] = shapeOf(node.weights);
      const sums = products(first, second, inputs, outputs);
      const biased = third && sums.map((it, i) => it + (third[i % outputs] ?? 0));
      return clamped(biased ?? sums, node.relu);
    }
    case "sum": {
      const shape = shapeOf(node.output);
      const sums = new Float64Array(elementsOf(shape));
      node.terms.forEach(({ id, factor }, k) => {
        const indices = broadcastIndices(shapeOf(id), shape);
        indices.forEach((from, to) => {
          sums[to] = (sums[to] ?? 0) + factor * (operands[k]?.[from] ?? 0);
        });
      });
      return clamped(sums, node.relu);
    }
    case "relu":
      return clamped(first, true);
    case "reshape":
      return first;
    default:
      return node satisfies never;
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

/** The transpose of a matrix of `rows` by `columns`. */
export function transpose(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(matrix.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) result[c * rows + r] = matrix[r * columns + c] ?? 0;
  }
  return result;
}

function clamped(values: Float64Array, relu: boolean): Float64Array {
  return relu ? values.map((it) => (it < 0 ? 0 : it)) : values;
}
