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
  return runFloatAll(graph, input).get(graph.output)!; // verifyFloat: the output is defined
}

/** As `runFloat`, every tensor by its id, constants included. */
export function runFloatAll(
  graph: FloatGraph,
  input: ArrayLike<number>,
): ReadonlyMap<FloatId, Float64Array> {
  const shapeOf: ShapeOf = (id) => graph.shapes.get(id)!; // verifyFloat: shapes are complete
  const expected = elementsOf(shapeOf(graph.input));
  if (input.length !== expected) {
    const reason = `${input.length} elements where the model takes ${expected}`;
    throw new CompilerError({ code: "INPUT_INVALID", index: input.length, reason });
  }
  const values = new Map<FloatId, Float64Array>([[graph.input, Float64Array.from(input)]]);
  for (const [id, constant] of graph.constants) values.set(id, constant.values);
  for (const node of graph.nodes) {
    const operands = operandsOf(node).map((id) => values.get(id)!); // topological order
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
      const [rows, columns] = shapeOf(node.right) as [number, number];
      return node.transposeRight
        ? products(first, second, columns, rows)
        : products(first, transpose(second, rows, columns), rows, columns);
    }
    case "linear": {
      const [outputs, inputs] = shapeOf(node.weights) as [number, number];
      const sums = products(first, second, inputs, outputs);
      if (third !== undefined)
        for (let i = 0; i < sums.length; i++) sums[i]! += third[i % outputs]!;
      return clamped(sums, node.relu);
    }
    case "sum": {
      const shape = shapeOf(node.output);
      const sums = new Float64Array(elementsOf(shape));
      node.inputs.forEach((id, k) => {
        const indices = broadcastIndices(shapeOf(id), shape);
        const operand = operands[k]!; // in step with the inputs
        const factor = node.factors[k]!; // as above
        for (let i = 0; i < sums.length; i++) sums[i]! += factor * operand[indices[i]!]!;
      });
      return clamped(sums, node.relu);
    }
    case "relu":
      return clamped(first.slice(), true);
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
      for (let i = 0; i < inputs; i++) sum += rows[r * inputs + i]! * weights[o * inputs + i]!;
      result[r * outputs + o] = sum;
    }
  }
  return result;
}

/** The transpose of a matrix of `rows` by `columns`. */
export function transpose(matrix: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(matrix.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) result[c * rows + r] = matrix[r * columns + c]!;
  }
  return result;
}

function clamped(values: Float64Array, relu: boolean): Float64Array {
  if (relu) for (let i = 0; i < values.length; i++) if (values[i]! < 0) values[i] = 0;
  return values;
}
