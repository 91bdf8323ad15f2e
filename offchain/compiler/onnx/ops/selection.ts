import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { elementsOf } from "../../ir/shape.ts";
import { flagAttribute, intAttribute } from "../attributes.ts";
import { scalar } from "../formulas.ts";
import { axisOf, knownIntegers, one, operand, refuse } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";
import { fromLastAxis, toLastAxis } from "../toLastAxis.ts";

/** `sign` -1 looks for the smallest. */
function argument(sign: 1 | -1): OpReader {
  return {
    inputs: { least: 1, most: 1 },
    attributes: (opset) =>
      opset < 12 ? ["axis", "keepdims"] : ["axis", "keepdims", "select_last_index"],
    read(node, ops) {
      const { id } = operand(node, 0);
      const shape = ops.shapeOf(id);
      const axis = axisOf(node, shape.length, intAttribute(node, "axis", 0));
      const isLast = flagAttribute(node, "select_last_index");
      const rows = ops.scale(toLastAxis(ops, id, [axis]), sign);
      const kept = flagAttribute(node, "keepdims", true)
        ? shape.with(axis, 1)
        : shape.toSpliced(axis, 1);
      return one(ops.reshape(argMax(ops, rows, isLast), kept), "integer");
    },
  };
}

/** Index of the first or last maximum along the last axis, which falls away. */
export function argMax(ops: FloatOps, rows: FloatId, isLast = false): FloatId {
  const shape = ops.shapeOf(rows);
  const axis = shape.length - 1;
  const length = shape[axis] ?? 1;
  const kept = shape.slice(0, -1);
  if (length === 1) return ops.broadcast(scalar(ops, 0), kept);
  if (length === 2) {
    const [left, right] = [ops.slice(rows, axis, 0, 1), ops.slice(rows, axis, 1, 1)];
    return ops.reshape(ops.compare(isLast ? "lessOrEqual" : "less", left, right), kept);
  }
  const most = ops.reshape(ops.reduceMax(rows), [...kept, 1]);
  const isMost = ops.compare("equal", rows, most);
  // Of the maxima the one whose weight is largest: weights fall from `length` to 1, or rise from 1.
  const weights = ops.constant(
    [length],
    Float64Array.from({ length }, (_, i) => (isLast ? i + 1 : length - i)),
    "structure",
    "integer",
  );
  const found = ops.reduceMax(ops.multiply(isMost, weights));
  return isLast ? ops.subtract(found, scalar(ops, 1)) : ops.subtract(scalar(ops, length), found);
}

/** Ordered, the lower index first among equals. */
const topK: OpReader = {
  inputs: { least: 1, most: 2 },
  outputs: { least: 1, most: 2 },
  attributes: (opset) =>
    opset < 10 ? ["axis", "k"] : opset < 11 ? ["axis"] : ["axis", "largest", "sorted"],
  read(node, ops) {
    const { id, dtype } = operand(node, 0);
    const shape = ops.shapeOf(id);
    const axis = axisOf(node, shape.length, intAttribute(node, "axis", -1));
    const rows = toLastAxis(ops, id, [axis]);
    const sign = flagAttribute(node, "largest", true) ? 1 : -1;
    const count = countOf(node, ops, shape[axis] ?? 0);

    const { values, indices } = ranked(ops, ops.scale(rows, sign), count);
    return [
      { id: fromLastAxis(ops, ops.scale(values, sign), axis), dtype },
      { id: fromLastAxis(ops, indices, axis), dtype: "integer" },
    ];
  },
};

export const SELECTION_OPS = {
  ArgMax: argument(1),
  ArgMin: argument(-1),
  TopK: topK,
} satisfies OpTable;

function countOf(node: OnnxNode, ops: FloatOps, length: number): number {
  const [count = 0] = knownIntegers(node, ops, 1, "k") ?? [intAttribute(node, "k", 0)];
  if (count < 1 || count > length) refuse(node, `it picks ${count} of ${length}`);
  return count;
}

/** The largest `count` of each row, in descending order, and where they stand. */
function ranked(
  ops: FloatOps,
  rows: FloatId,
  count: number,
): { readonly values: FloatId; readonly indices: FloatId } {
  const shape = ops.shapeOf(rows);
  const kept = shape.slice(0, -1);
  if (count === 1) {
    const [values, indices] = [ops.reduceMax(rows), argMax(ops, rows)];
    const column = [...kept, 1];
    return { values: ops.reshape(values, column), indices: ops.reshape(indices, column) };
  }
  const length = shape.at(-1) ?? 1;
  const rank = ops.reshape(ranksOf(ops, rows), [...kept, 1, length]);
  const place = ops.reshape(ops.arange(count), [count, 1]);
  const isThere = ops.compare("equal", rank, place);
  const spread = ops.reshape(rows, [...kept, 1, length]);
  return {
    values: ops.reduceSum(ops.multiply(isThere, spread)),
    indices: ops.reduceSum(ops.multiply(isThere, ops.arange(length))),
  };
}

/** Number of elements of its row that come before each element; each pair is compared once. */
function ranksOf(ops: FloatOps, rows: FloatId): FloatId {
  const shape = ops.shapeOf(rows);
  const length = shape.at(-1) ?? 1;
  const pairs = (length * (length - 1)) / 2;
  const count = elementsOf(shape.slice(0, -1));
  const flat = ops.reshape(rows, [count, length]);
  const firstOf = (pair: number): readonly [number, number] => {
    // The pairs (i, j), i < j, in the order (0, 1), (0, 2), (1, 2), (0, 3), ...
    const j = Math.floor((1 + Math.sqrt(1 + 8 * pair)) / 2);
    return [pair - (j * (j - 1)) / 2, j];
  };
  const side = (which: 0 | 1): FloatId =>
    ops.view([flat], [count, pairs], (at) => {
      const [row, pair] = [Math.floor(at / pairs), at % pairs];
      return row * length + firstOf(pair)[which];
    });
  const isBefore = ops.compare("lessOrEqual", side(1), side(0));
  // i comes before j, or j before i.
  const lost = ops.view([isBefore], [count, length, length], (at) => {
    const [j, i] = [Math.floor(at / length) % length, at % length];
    return i < j ? Math.floor(at / length ** 2) * pairs + (j * (j - 1)) / 2 + i : -1;
  });
  const won = ops.view([isBefore], [count, length, length], (at) => {
    const [i, j] = [Math.floor(at / length) % length, at % length];
    return i < j ? Math.floor(at / length ** 2) * pairs + (j * (j - 1)) / 2 + i : -1;
  });
  const later = ops.constant(
    [length],
    Float64Array.from({ length }, (_, i) => length - 1 - i),
    "structure",
    "integer",
  );
  const rank = ops.sum([ops.reduceSum(lost), 1], [ops.reduceSum(won), -1], [later, 1]);
  return ops.reshape(rank, shape);
}
