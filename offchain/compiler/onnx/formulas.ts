import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";

/** A number of the architecture; known to be an integer where it is one. */
export function scalar(ops: FloatOps, value: number): FloatId {
  return ops.constant([], [value], "structure", Number.isInteger(value) ? "integer" : "real");
}

/** The only value of a constant of one element. */
export function scalarValue(ops: FloatOps, id: FloatId): number | undefined {
  const values = ops.valuesOf(id);
  return values?.length === 1 ? values[0] : undefined;
}

/** The constant as part of the architecture; anything else as it is. */
export function structured(ops: FloatOps, id: FloatId): FloatId {
  const values = ops.valuesOf(id);
  if (values === undefined || !ops.isWeight(id)) return id;
  return ops.constant(ops.shapeOf(id), values, "structure", ops.kindOf(id));
}

/** `max(a, b) = a + relu(b - a)`. */
export function maximum(ops: FloatOps, a: FloatId, b: FloatId): FloatId {
  if (scalarValue(ops, a) === 0) return ops.relu(b);
  if (scalarValue(ops, b) === 0) return ops.relu(a);
  // The constant first: what is added after the ReLU is then free.
  if (ops.valuesOf(b) !== undefined) return ops.add(b, ops.relu(ops.subtract(a, b)));
  return ops.add(a, ops.relu(ops.subtract(b, a)));
}

/** `min(a, b) = a - relu(a - b)`. */
export function minimum(ops: FloatOps, a: FloatId, b: FloatId): FloatId {
  if (ops.valuesOf(b) !== undefined) return ops.subtract(b, ops.relu(ops.subtract(b, a)));
  return ops.subtract(a, ops.relu(ops.subtract(a, b)));
}

/** `|x| = 2 relu(x) - x`. */
export function absolute(ops: FloatOps, x: FloatId): FloatId {
  return ops.sum([ops.relu(x), 2], [x, -1]);
}

/** 1, 0 or -1. */
export function signOf(ops: FloatOps, x: FloatId): FloatId {
  const zero = scalar(ops, 0);
  return ops.subtract(ops.compare("less", zero, x), ops.compare("less", x, zero));
}

/** Towards zero. */
export function truncate(ops: FloatOps, x: FloatId): FloatId {
  if (ops.kindOf(x) === "integer") return x;
  const [up, down] = [ops.floor(ops.relu(x)), ops.floor(ops.relu(ops.scale(x, -1)))];
  return ops.subtract(up, down);
}

/** `1 - x` for a truth value. */
export function not(ops: FloatOps, x: FloatId): FloatId {
  return ops.subtract(scalar(ops, 1), x);
}

/**
 * `floor(a / b)` of integers, b positive. The half keeps the quotient off the integers by 1 / 2b, so that a quotient that
 * is only near its true value has the same floor.
 */
export function floorQuotient(ops: FloatOps, a: FloatId, b: FloatId): FloatId {
  return ops.floor(quotient(ops, ops.add(a, scalar(ops, 0.5)), b));
}

/** `a / b`; by a product where b is constant. */
export function quotient(ops: FloatOps, a: FloatId, b: FloatId): FloatId {
  const divisor = ops.isWeight(b) ? undefined : scalarValue(ops, b);
  if (divisor !== undefined && divisor !== 0 && ops.valuesOf(a) === undefined) {
    const same = broadcastTo(ops, a, b);
    return ops.scale(same, 1 / divisor);
  }
  if (ops.valuesOf(b) !== undefined && ops.valuesOf(a) === undefined) {
    return ops.multiply(a, ops.divide(scalar(ops, 1), b));
  }
  return ops.divide(a, b);
}

/** A scalar of higher rank still adds axes. */
function broadcastTo(ops: FloatOps, a: FloatId, b: FloatId): FloatId {
  const [shape, other] = [ops.shapeOf(a), ops.shapeOf(b)];
  if (other.length <= shape.length) return a;
  return ops.reshape(a, [...other.slice(shape.length), ...shape]);
}
