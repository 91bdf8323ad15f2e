import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import { elementsOf, stridesOf } from "../ir/shape.ts";

/** The tensor with some axes, counted from the front, moved behind the others and merged into one. */
export function toLastAxis(ops: FloatOps, input: FloatId, axes: readonly number[]): FloatId {
  const shape = ops.shapeOf(input);
  const strides = stridesOf(shape);
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...kept, ...axes];
  const turned = ops.strided(input, lengths(shape, order), lengths(strides, order));
  return ops.reshape(turned, [...lengths(shape, kept), elementsOf(lengths(shape, axes))]);
}

/** The tensor with its last axis moved to a place counted from the front. */
export function fromLastAxis(ops: FloatOps, input: FloatId, axis: number): FloatId {
  const order = ops.shapeOf(input).map((_, at) => at);
  const last = order.pop() ?? 0;
  return ops.transpose(input, order.toSpliced(axis, 0, last));
}

function lengths(of: readonly number[], axes: readonly number[]): readonly number[] {
  return axes.map((axis) => of[axis] ?? 1);
}
