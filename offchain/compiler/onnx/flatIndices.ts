import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import { stridesOf } from "../ir/shape.ts";
import { wrapped } from "./oneHot.ts";
import { mismatch } from "./operands.ts";
import type { OnnxNode } from "./opReader.ts";

/**
 * Index tuples `[.., depth]` into axes of the given lengths, each as the row-major place that it names; constant ones are
 * checked to lie inside.
 */
export function flatIndices(
  node: OnnxNode,
  ops: FloatOps,
  indices: FloatId,
  lengths: readonly number[],
): FloatId {
  const shape = ops.shapeOf(indices);
  const axis = shape.length - 1;
  const strides = stridesOf(lengths);
  const terms = lengths.map((length, at) => {
    const index = wrapped(ops, ops.slice(indices, axis, at, 1), length);
    const known = ops.valuesOf(index);
    const outside = known?.find((it) => it < 0 || it >= length);
    if (outside !== undefined) mismatch(node, `index ${outside} on an axis of ${length}`);
    return [index, strides[at] ?? 1] as const;
  });
  return ops.reshape(ops.sum(...terms), shape.slice(0, -1));
}
