import { CompilerError } from "../errors.ts";
import type { IntegerGraph, IntegerNode, Parameter, Tensor, TensorId } from "../ir/integerGraph.ts";
import { inputsOf } from "../ir/integerGraph.ts";
import { floorDivide } from "../ir/floorDivide.ts";
import { floorSqrt } from "../ir/floorSqrt.ts";
import { lookUp } from "../ir/lookUp.ts";
import {
  addRanges,
  clampRange,
  dotRange,
  joinRanges,
  MAX_BITS,
  multiplyRanges,
  rangeOfType,
  rangeOfValues,
  signedBits,
} from "../ir/range.ts";
import type { Range } from "../ir/rescale.ts";
import { rescale } from "../ir/rescale.ts";
import { elementsOf } from "../ir/shape.ts";

/**
 * Returns the range of every tensor, parameters and constants included: worst case over all inputs and all parameters of
 * their types, so that it holds for every model of the architecture; a constant counts with its own values.
 * `graph.nodes` must be in topological order.
 *
 * @throws {CompilerError} `RANGE_TOO_WIDE` as `nodeRange`.
 */
export function inferRanges(graph: IntegerGraph): ReadonlyMap<TensorId, Range> {
  const ranges = new Map<TensorId, Range>();
  const tensors = new Map<TensorId, Tensor | Parameter>();
  for (const { id, shape, type } of [...inputsOf(graph), ...graph.parameters]) {
    ranges.set(id, rangeOfType(type));
    tensors.set(id, { id, shape, type });
  }
  for (const constant of graph.constants) {
    ranges.set(constant.id, rangeOfValues(constant.values));
    tensors.set(constant.id, constant);
  }
  for (const node of graph.nodes) {
    const range = nodeRange(
      node,
      (id) => lookUp(ranges, id, "integer"),
      (id) => lookUp(tensors, id, "integer"),
    );
    ranges.set(node.output.id, range);
    tensors.set(node.output.id, node.output);
  }
  return ranges;
}

/**
 * Range of a node's output, given those of its operands. Of the output's type only a `rescale` depends.
 *
 * @param tensorOf shapes and types of the operands, with `values` for a constant **only**: those of a parameter are any
 * @throws {CompilerError} `RANGE_TOO_WIDE` where the output or anything on the way to it, a product or partial sum, may
 * not fit `MAX_BITS`.
 */
export function nodeRange(
  node: IntegerNode,
  rangeOf: (id: TensorId) => Range,
  tensorOf: (id: TensorId) => Tensor | Parameter,
): Range {
  const { output, widest } = boundsOf(node, rangeOf, tensorOf);
  const bits = signedBits(joinRanges([output, widest]));
  if (bits > MAX_BITS) {
    throw new CompilerError({ code: "RANGE_TOO_WIDE", node: node.name, bits, limit: MAX_BITS });
  }
  return output;
}

/** Of the output, and of everything on the way to it. */
type Bounds = { readonly output: Range; readonly widest: Range };

const ZERO: Range = { lo: 0n, hi: 0n };

function boundsOf(
  node: IntegerNode,
  rangeOf: (id: TensorId) => Range,
  tensorOf: (id: TensorId) => Tensor | Parameter,
): Bounds {
  switch (node.op) {
    case "linear": {
      const weights = tensorOf(node.weights);
      const [, inputs = 0] = weights.shape;
      const dots = dotRanges(weights, rangeOf(node.weights), rangeOf(node.input), inputs);
      if (node.bias === undefined) return sumBounds(dots.map((it) => [it]));
      const bias = tensorOf(node.bias);
      if (!("values" in bias)) return sumBounds(dots.map((it) => [it, alone(rangeOf(bias.id))]));
      return sumBounds(
        bias.values.flatMap((value, o) => {
          const dot = dots[dots.length === 1 ? 0 : o];
          return dot === undefined ? [] : [[dot, alone({ lo: value, hi: value })]];
        }),
      );
    }
    case "matmul": {
      const [left, right] = [tensorOf(node.left), tensorOf(node.right)];
      const inner = left.shape.at(-1) ?? 0;
      const [fixed, other] = "values" in right ? [right, left] : [left, right];
      const dots = dotRanges(fixed, rangeOf(fixed.id), rangeOf(other.id), inner);
      return sumBounds(dots.map((it) => [it]));
    }
    case "combine":
      return sumBounds([
        node.inputs.map((id, k) =>
          alone(multiplyRanges(rangeOf(id), rangeOf(node.multipliers[k] ?? ""))),
        ),
      ]);
    case "multiply": {
      const product = multiplyRanges(rangeOf(node.left), rangeOf(node.right));
      return alone(node.left === node.right ? squareOf(rangeOf(node.left)) : product);
    }
    case "rescale": {
      const product =
        node.multiplier === undefined
          ? rangeOf(node.input)
          : multiplyRanges(rangeOf(node.input), rangeOf(node.multiplier));
      const half = 1n << BigInt(node.shift - 1);
      const clamp = clampRange(node.output.type, node.relu);
      const output = mapRange(product, (it) => rescale(it, 1n, node.shift, clamp));
      return { output, widest: { lo: product.lo, hi: product.hi + half } };
    }
    case "relu":
      return alone(mapRange(rangeOf(node.input), (it) => (it > 0n ? it : 0n)));
    case "view": {
      const read = inputsRead(node.inputs.map(tensorOf), node.indices);
      const ranges = node.inputs.filter((_, k) => read.has(k)).map(rangeOf);
      return alone(joinRanges([...ranges, ...(read.has(-1) ? [ZERO] : [])]));
    }
    case "lookup":
      return lookupBounds(node, rangeOf(node.input), tensorOf(node.input));
    case "divide": {
      const dividend = mapRange(rangeOf(node.left), (it) => it << BigInt(node.shift));
      const divisor = mapRange(rangeOf(node.right), (it) => (it > 1n ? it : 1n));
      const { lo, hi } = dividend;
      const output = {
        lo: floorDivide(lo, lo < 0n ? divisor.lo : divisor.hi),
        hi: floorDivide(hi, hi < 0n ? divisor.hi : divisor.lo),
      };
      return { output, widest: dividend };
    }
    case "sqrt":
      // Negative for a graph that `verifyIntegers` would refuse.
      return alone(mapRange(rangeOf(node.input), (it) => (it < 0n ? 0n : floorSqrt(it))));
    case "compare": {
      const [left, right] = [rangeOf(node.left), rangeOf(node.right)];
      const difference =
        node.left === node.right ? ZERO : { lo: right.lo - left.hi, hi: right.hi - left.lo };
      const { lo, hi } = difference;
      const [never, always] =
        node.relation === "equal"
          ? [lo > 0n || hi < 0n, lo === 0n && hi === 0n]
          : [hi < 0n, lo >= 0n];
      return { output: { lo: always ? 1n : 0n, hi: never ? 0n : 1n }, widest: difference };
    }
    case "select":
      return alone(joinRanges([rangeOf(node.left), rangeOf(node.right)]));
    case "reduceSum": {
      const length = tensorOf(node.input).shape.at(-1) ?? 0;
      return alone(dotRange(rangeOf(node.input), { lo: 1n, hi: 1n }, length));
    }
    case "reduceMax":
      return alone(rangeOf(node.input));
    default:
      return node satisfies never;
  }
}

function alone(output: Range): Bounds {
  return { output, widest: output };
}

/** The image under a function that never falls. */
function mapRange({ lo, hi }: Range, map: (value: bigint) => bigint): Range {
  return { lo: map(lo), hi: map(hi) };
}

function squareOf({ lo, hi }: Range): Range {
  const [a, b] = [lo * lo, hi * hi];
  const least = lo > 0n ? a : hi < 0n ? b : 0n;
  return { lo: least, hi: a > b ? a : b };
}

/** Dot products of rows of a tensor with anything within a range: of each row of a constant, else of any. */
function dotRanges(
  tensor: Tensor | Parameter,
  range: Range,
  other: Range,
  length: number,
): readonly Bounds[] {
  if (!("values" in tensor)) return [alone(dotRange(range, other, length))];
  const { values } = tensor;
  return Array.from({ length: values.length / length }, (_, row) => {
    let [positive, negative] = [0n, 0n];
    for (let i = row * length; i < (row + 1) * length; i++) {
      const value = values[i] ?? 0n;
      if (value > 0n) positive += value;
      else negative += value;
    }
    const sum = ({ lo, hi }: Range): Range => ({
      lo: positive * lo + negative * hi,
      hi: positive * hi + negative * lo,
    });
    // Terms that are not there yet are as good as 0.
    return { output: sum(other), widest: sum(joinRanges([other, ZERO])) };
  });
}

/** Any of several sums. On the way to a sum each term may be there or not, or in part. */
function sumBounds(sums: readonly (readonly Bounds[])[]): Bounds {
  const widest = sums.map((terms) => terms.map((it) => joinRanges([it.output, it.widest, ZERO])));
  return {
    output: joinRanges(sums.map((terms) => addRanges(...terms.map((it) => it.output)))),
    widest: joinRanges(widest.map((terms) => addRanges(...terms))),
  };
}

/** Places of the operands that some index reads, -1 for an index of -1. */
function inputsRead(tensors: readonly Tensor[], indices: Int32Array): ReadonlySet<number> {
  const ends: number[] = [];
  for (const { shape } of tensors) ends.push((ends.at(-1) ?? 0) + elementsOf(shape));
  const read = new Set<number>();
  let [at, from, to] = [-1, -1, 0];
  for (const index of indices) {
    if (index < from || index >= to) {
      at = index === -1 ? -1 : ends.findIndex((end) => index < end);
      from = at === -1 ? -1 : (ends[at - 1] ?? 0);
      to = at === -1 ? 0 : (ends[at] ?? 0);
    }
    read.add(at);
  }
  return read;
}

function lookupBounds(
  { base, slope, lowBits }: IntegerNode & { op: "lookup" },
  range: Range,
  { type }: Tensor,
): Bounds {
  const least = rangeOfType(type).lo;
  const low = BigInt(lowBits);
  const { lo, hi } = mapRange(range, (it) => it - least);
  const outputs: Range[] = [];
  const products: Range[] = [];
  for (let h = lo >> low; h <= hi >> low; h++) {
    const start = base[Number(h)] ?? 0n;
    const step = slope[Number(h)] ?? 0n;
    const first = h === lo >> low ? lo - (h << low) : 0n;
    const last = h === hi >> low ? hi - (h << low) : (1n << low) - 1n;
    const ends = rangeOfValues([first * step, last * step]);
    products.push(ends);
    outputs.push(addRanges({ lo: start, hi: start }, ends));
  }
  return { output: joinRanges(outputs), widest: joinRanges(products) };
}
