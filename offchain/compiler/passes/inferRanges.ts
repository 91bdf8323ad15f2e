import { lookUp } from "../ir/lookUp.ts";
import { CompilerError } from "../errors.ts";
import type { IntegerGraph, IntegerNode, TensorId } from "../ir/integerGraph.ts";
import {
  addRanges,
  clampRange,
  dotRange,
  MAX_BITS,
  multiplyRanges,
  rangeOfType,
  signedBits,
} from "../ir/range.ts";
import type { Range } from "../ir/rescale.ts";
import { rescale } from "../ir/rescale.ts";

/**
 * Returns the range of every tensor and parameter: worst case over all inputs and all parameters of their types, so that
 * it holds for every model of the architecture. `graph.nodes` must be in topological order.
 *
 * @throws {CompilerError} `RANGE_TOO_WIDE`, naming the first node of which an output or product may not fit `MAX_BITS`.
 */
export function inferRanges(graph: IntegerGraph): ReadonlyMap<TensorId, Range> {
  const ranges = new Map<TensorId, Range>();
  for (const { id, type } of [graph.input, ...graph.parameters]) ranges.set(id, rangeOfType(type));
  const shapes = new Map(graph.parameters.map(({ id, shape }) => [id, shape]));
  for (const node of graph.nodes) {
    const range = outputRange(node, (id) => lookUp(ranges, id, "integer"), shapes);
    checkWidth(node, range);
    ranges.set(node.output.id, range);
  }
  return ranges;
}

function outputRange(
  node: IntegerNode,
  rangeOf: (id: TensorId) => Range,
  shapes: ReadonlyMap<TensorId, readonly number[]>,
): Range {
  switch (node.op) {
    case "linear": {
      const inputs = shapes.get(node.weights)?.[1] ?? 0;
      const dot = dotRange(rangeOf(node.input), rangeOf(node.weights), inputs);
      return node.bias === undefined ? dot : addRanges(dot, rangeOf(node.bias));
    }
    case "combine":
      return addRanges(
        ...node.inputs.map((id, k) => {
          const multiplier = rangeOf(node.multipliers[k] ?? "");
          return multiplyRanges(rangeOf(id), multiplier);
        }),
      );
    case "rescale": {
      const product =
        node.multiplier === undefined
          ? rangeOf(node.input)
          : multiplyRanges(rangeOf(node.input), rangeOf(node.multiplier));
      const half = 1n << BigInt(node.shift - 1);
      checkWidth(node, { lo: product.lo, hi: product.hi + half });
      const clamp = clampRange(node.output.type, node.relu);
      return {
        lo: rescale(product.lo, 1n, node.shift, clamp),
        hi: rescale(product.hi, 1n, node.shift, clamp),
      };
    }
    case "relu": {
      const { lo, hi } = rangeOf(node.input);
      return { lo: lo > 0n ? lo : 0n, hi: hi > 0n ? hi : 0n };
    }
    case "reshape":
      return rangeOf(node.input);
    default:
      return node satisfies never;
  }
}

function checkWidth({ name }: IntegerNode, range: Range): void {
  const bits = signedBits(range);
  if (bits > MAX_BITS) {
    throw new CompilerError({ code: "RANGE_TOO_WIDE", node: name, bits, limit: MAX_BITS });
  }
}
