import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import { keepAxis } from "./lastAxes.ts";

/** `e^(x - m) / Σ e^(x - m)` over the last axis, m its maximum: no exponential is above 1. */
export function softmaxOf(ops: FloatOps, rows: FloatId): FloatId {
  const shifted = ops.subtract(rows, keepAxis(ops, rows, "reduceMax"));
  const powers = ops.unary({ kind: "exp" }, shifted);
  return ops.divide(powers, keepAxis(ops, powers, "reduceSum"));
}
