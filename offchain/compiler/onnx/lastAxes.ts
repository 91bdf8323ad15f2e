import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import { toLastAxis } from "./toLastAxis.ts";

/** A tensor with some of its axes made its last, for formulas over them. */
export type Rows = {
  /** `[.., elements]`: the other axes in their order, then all of the moved ones as one. */
  readonly id: FloatId;
  /** Puts a tensor of the rows' shape back in the axes of the original; a last axis of 1 gives axes of 1. */
  readonly back: (id: FloatId) => FloatId;
};

/** Moves axes, counted from the front and distinct, behind the others. */
export function lastAxes(ops: FloatOps, input: FloatId, axes: readonly number[]): Rows {
  const shape = ops.shapeOf(input);
  const kept = shape.map((_, axis) => axis).filter((it) => !axes.includes(it));
  const order = [...kept, ...axes];
  const id = toLastAxis(ops, input, axes);
  const rows = ops.shapeOf(id);
  return {
    id,
    back(result) {
      const isReduced = ops.shapeOf(result).at(-1) !== rows.at(-1);
      const inner = axes.map((axis) => (isReduced ? 1 : (shape[axis] ?? 1)));
      const spread = ops.reshape(result, [...rows.slice(0, -1), ...inner]);
      return ops.transpose(
        spread,
        shape.map((_, axis) => order.indexOf(axis)),
      );
    },
  };
}

/** Reduces the last axis and keeps it, with length 1. */
export function keepAxis(ops: FloatOps, input: FloatId, op: "reduceSum" | "reduceMax"): FloatId {
  const shape = ops.shapeOf(input);
  return ops.reshape(ops[op](input), [...shape.slice(0, -1), 1]);
}

/** Mean over the last axis, kept with length 1. */
export function mean(ops: FloatOps, input: FloatId): FloatId {
  const length = ops.shapeOf(input).at(-1) ?? 1;
  return ops.scale(keepAxis(ops, input, "reduceSum"), 1 / length);
}
