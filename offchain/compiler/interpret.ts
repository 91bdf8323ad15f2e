import { CompilerError } from "./errors.ts";
import { floorDivide } from "./ir/floorDivide.ts";
import { floorSqrt } from "./ir/floorSqrt.ts";
import type { IntegerGraph, IntegerNode, Tensor, TensorId } from "./ir/integerGraph.ts";
import { inputsOf } from "./ir/integerGraph.ts";
import { lookUp } from "./ir/lookUp.ts";
import { clampRange, rangeOfType } from "./ir/range.ts";
import { rescale } from "./ir/rescale.ts";
import { elementsOf } from "./ir/shape.ts";

type Values = readonly bigint[];

/**
 * Runs an integer graph: the reference that integer ONNX and the circuit equal bit for bit.
 *
 * @param input row-major integers of the input's type
 * @returns the output, row-major
 * @throws {CompilerError} `INPUT_INVALID` for a wrong number of elements or one out of range.
 */
export function interpret(graph: IntegerGraph, input: Values): Values {
  return lookUp(interpretAll(graph, input), graph.output.id, "integer");
}

/**
 * As `interpret`, every tensor by its id, parameters and constants included. Of a graph with several inputs, `input` holds
 * all of them end to end.
 */
export function interpretAll(graph: IntegerGraph, input: Values): ReadonlyMap<TensorId, Values> {
  const tensors = new Map<TensorId, Tensor>();
  const values = new Map<TensorId, Values>();
  const inputs = inputsOf(graph);
  let at = 0;
  for (const it of inputs) {
    const end = it === inputs.at(-1) ? undefined : at + elementsOf(it.shape);
    const own = input.slice(at, end);
    checkInput(it, own, at);
    tensors.set(it.id, it);
    values.set(it.id, own);
    at += own.length;
  }
  for (const it of [...graph.parameters, ...graph.constants]) {
    tensors.set(it.id, it);
    values.set(it.id, it.values);
  }
  for (const node of graph.nodes) {
    const result = evaluate(
      node,
      (id) => lookUp(values, id, "integer"),
      (id) => lookUp(tensors, id, "integer"),
    );
    tensors.set(node.output.id, node.output);
    values.set(node.output.id, result);
  }
  return values;
}

/** @param at index of the tensor's first element in the whole input */
function checkInput({ shape, type }: Tensor, values: Values, at: number): void {
  const expected = elementsOf(shape);
  if (values.length !== expected) {
    const reason = `${at + values.length} elements where the model takes ${at + expected}`;
    throw new CompilerError({ code: "INPUT_INVALID", index: at + values.length, reason });
  }
  const { lo, hi } = rangeOfType(type);
  const index = values.findIndex((it) => it < lo || hi < it);
  if (index !== -1) {
    const reason = `${String(values[index])} is outside ${lo} to ${hi}`;
    throw new CompilerError({ code: "INPUT_INVALID", index: at + index, reason });
  }
}

function evaluate(
  node: IntegerNode,
  valuesOf: (id: TensorId) => Values,
  tensorOf: (id: TensorId) => Tensor,
): Values {
  switch (node.op) {
    case "linear": {
      const [, inputs = 1] = tensorOf(node.weights).shape;
      const sums = products(valuesOf(node.input), valuesOf(node.weights), inputs);
      if (node.bias === undefined) return sums;
      const bias = valuesOf(node.bias);
      return sums.map((it, i) => it + (bias[i % bias.length] ?? 0n));
    }
    case "matmul": {
      const [batches = 1, rows = 1, inner = 1] = tensorOf(node.left).shape;
      const [left, right] = [valuesOf(node.left), valuesOf(node.right)];
      const columns = right.length / batches;
      return Array.from({ length: batches }, (_, b) =>
        products(
          left.slice(b * rows * inner, (b + 1) * rows * inner),
          right.slice(b * columns, (b + 1) * columns),
          inner,
        ),
      ).flat();
    }
    case "combine": {
      const terms = node.inputs.map((id, k) => {
        const [multiplier = 0n] = valuesOf(node.multipliers[k] ?? "");
        return { values: valuesOf(id), multiplier };
      });
      return Array.from({ length: elementsOf(node.output.shape) }, (_, i) =>
        terms.reduce((sum, { values, multiplier }) => sum + (values[i] ?? 0n) * multiplier, 0n),
      );
    }
    case "multiply":
      return zip(valuesOf(node.left), valuesOf(node.right), (a, b) => a * b);
    case "rescale": {
      const multipliers = node.multiplier === undefined ? [1n] : valuesOf(node.multiplier);
      const range = clampRange(node.output.type, node.relu);
      return valuesOf(node.input).map((it, i) =>
        rescale(it, multipliers[i % multipliers.length] ?? 0n, node.shift, range),
      );
    }
    case "relu":
      return valuesOf(node.input).map((it) => (it > 0n ? it : 0n));
    case "view": {
      const source = node.inputs.flatMap(valuesOf);
      return Array.from(node.indices, (index) => source[index] ?? 0n); // -1 is no element
    }
    case "lookup": {
      const { lo } = rangeOfType(tensorOf(node.input).type);
      const low = BigInt(node.lowBits);
      return valuesOf(node.input).map((it) => {
        const high = (it - lo) >> low;
        const rest = it - lo - (high << low);
        return (node.base[Number(high)] ?? 0n) + (node.slope[Number(high)] ?? 0n) * rest;
      });
    }
    case "divide": {
      const shift = BigInt(node.shift);
      return zip(valuesOf(node.left), valuesOf(node.right), (a, b) =>
        floorDivide(a << shift, b > 1n ? b : 1n),
      );
    }
    case "sqrt":
      return valuesOf(node.input).map(floorSqrt);
    case "compare":
      return zip(valuesOf(node.left), valuesOf(node.right), (a, b) =>
        (node.relation === "equal" ? a === b : a <= b) ? 1n : 0n,
      );
    case "select": {
      const [left, right] = [valuesOf(node.left), valuesOf(node.right)];
      return valuesOf(node.condition).map((it, i) => (it === 1n ? left[i] : right[i]) ?? 0n);
    }
    case "reduceSum":
      return reduce(valuesOf(node.input), node.output, (a, b) => a + b);
    case "reduceMax":
      return reduce(valuesOf(node.input), node.output, (a, b) => (a > b ? a : b));
    default:
      return node satisfies never;
  }
}

function zip(left: Values, right: Values, apply: (a: bigint, b: bigint) => bigint): Values {
  return left.map((it, i) => apply(it, right[i] ?? 0n));
}

function reduce(
  values: Values,
  { shape }: Tensor,
  apply: (a: bigint, b: bigint) => bigint,
): Values {
  const rows = elementsOf(shape);
  const length = values.length / rows;
  return Array.from({ length: rows }, (_, row) =>
    values.slice(row * length, (row + 1) * length).reduce(apply),
  );
}

/** Of each row of `left` with each row of `right`. */
function products(left: Values, right: Values, length: number): Values {
  const [a, b] = [Float64Array.from(left, Number), Float64Array.from(right, Number)];
  const isExact = largest(a) * largest(b) * length <= Number.MAX_SAFE_INTEGER;
  const dot = isExact
    ? (i: number, j: number) => BigInt(dotOfDoubles(a, b, i, j, length))
    : (i: number, j: number) => dotOfIntegers(left, right, i, j, length);
  const columns = right.length / length;
  return Array.from({ length: (left.length / length) * columns }, (_, index) => {
    const column = index % columns;
    return dot(((index - column) / columns) * length, column * length);
  });
}

function dotOfDoubles(
  a: Float64Array,
  b: Float64Array,
  i: number,
  j: number,
  length: number,
): number {
  let sum = 0;
  for (let k = 0; k < length; k++) sum += (a[i + k] ?? 0) * (b[j + k] ?? 0);
  return sum;
}

function dotOfIntegers(a: Values, b: Values, i: number, j: number, length: number): bigint {
  let sum = 0n;
  for (let k = 0; k < length; k++) sum += (a[i + k] ?? 0n) * (b[j + k] ?? 0n);
  return sum;
}

/** Largest absolute value. */
function largest(values: Float64Array): number {
  let most = 0;
  for (const it of values) most = Math.max(most, Math.abs(it));
  return most;
}
