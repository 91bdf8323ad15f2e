import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";

/** Batches of a constant operand that are written as one linear node each. */
const MAX_LINEAR_BATCHES = 256;

/**
 * `left [B, M, K]` times `right [B, N, K]`, right transposed, giving `[B, M, N]`. A constant operand makes it linear:
 * that costs less than a product of two computed matrices.
 */
export function matrixProduct(ops: FloatOps, left: FloatId, right: FloatId): FloatId {
  const [batches = 1, rows = 1, inner = 1] = ops.shapeOf(left);
  const [, columns = 1] = ops.shapeOf(right);
  const isLeftFixed = ops.valuesOf(left) !== undefined;
  const isRightFixed = ops.valuesOf(right) !== undefined;
  if (isLeftFixed && !isRightFixed) {
    return ops.transpose(matrixProduct(ops, right, left), [0, 2, 1]);
  }
  if (!isRightFixed || isLeftFixed || batches > MAX_LINEAR_BATCHES) return ops.matmul(left, right);
  if (batches === 1) return ops.linear(left, ops.reshape(right, [columns, inner]));
  const products = Array.from({ length: batches }, (_, batch) => {
    const part = ops.reshape(ops.slice(left, 0, batch, 1), [rows, inner]);
    const weights = ops.reshape(ops.slice(right, 0, batch, 1), [columns, inner]);
    return ops.linear(part, weights);
  });
  return ops.reshape(ops.concat(products, 0), [batches, rows, columns]);
}
