import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import { keepAxis } from "./lastAxes.ts";

/** 1 at the first largest element of the last axis, else 0. */
export function firstMaximum(ops: FloatOps, rows: FloatId): FloatId {
  const length = ops.shapeOf(rows).at(-1) ?? 1;
  const isLargest = ops.compare("equal", rows, keepAxis(ops, rows, "reduceMax"));
  // Each place has a number of its own, the first the highest.
  const places = ops.constant(
    [length],
    Array.from({ length }, (_, i) => length - i),
    "structure",
    "integer",
  );
  const marks = ops.multiply(isLargest, places);
  return ops.compare("equal", keepAxis(ops, marks, "reduceMax"), places);
}
