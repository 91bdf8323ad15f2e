import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import { elementsOf } from "../ir/shape.ts";
import { scalar, truncate } from "./formulas.ts";

/** Indices as ONNX counts them: a negative one from behind. */
export function wrapped(ops: FloatOps, indices: FloatId, length: number): FloatId {
  const whole = truncate(ops, indices);
  return ops.sum([whole, 1], [ops.compare("less", whole, scalar(ops, 0)), length]);
}

/** `[.., length]`: 1 where the index says so. An index outside gives zeros. */
export function oneHot(ops: FloatOps, indices: FloatId, length: number): FloatId {
  const column = ops.reshape(indices, [...ops.shapeOf(indices), 1]);
  return ops.compare("equal", column, ops.arange(length));
}

/**
 * `rows[i]` of a table `[length, columns]` for computed indices `[count]`, wrapped before: a product with a one-hot
 * matrix, which is linear in the table.
 */
export function lookUpRows(ops: FloatOps, table: FloatId, indices: FloatId): FloatId {
  const [length = 0, columns = 0] = ops.shapeOf(table);
  const count = elementsOf(ops.shapeOf(indices));
  const chosen = oneHot(ops, ops.reshape(indices, [count]), length);
  const turned = ops.transpose(table, [1, 0]);
  if (ops.isWeight(table)) return ops.linear(chosen, turned);
  if (ops.valuesOf(table) === undefined && columns > 1) {
    const [left, right] = [
      [1, count, length],
      [1, columns, length],
    ] as const;
    const product = ops.matmul(ops.reshape(chosen, left), ops.reshape(turned, right));
    return ops.reshape(product, [count, columns]);
  }
  return ops.reduceSum(ops.multiply(ops.reshape(chosen, [count, 1, length]), turned));
}
