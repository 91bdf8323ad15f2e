import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId, UnaryFunction } from "../../ir/floatGraph.ts";
import { broadcastShapes } from "../../ir/shape.ts";
import { scalar, structured, truncate } from "../formulas.ts";
import { mismatch, one, operand, refuse } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";

/** Powers up to this are products. */
const MAX_PRODUCT_EXPONENT = 16;
/** Exponents that one tensor may have. */
const MAX_EXPONENTS = 64;

function unary(kind: Exclude<UnaryFunction["kind"], "power">): OpReader {
  return {
    inputs: { least: 1, most: 1 },
    attributes: () => [],
    read: (node, ops) => one(ops.unary({ kind }, operand(node, 0).id)),
  };
}

/** One operand must be constant: the exponent, or a positive base. */
const pow: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => [],
  read(node, ops) {
    const [base, exponent] = [operand(node, 0), operand(node, 1)];
    const exponents = ops.valuesOf(exponent.id);
    const result =
      exponents === undefined
        ? exponential(node, ops, base.id, exponent.id)
        : powers(node, ops, base.id, exponent.id, exponents);
    return one(base.dtype === "float" ? result : truncate(ops, result), base.dtype);
  },
};

export const POWER_OPS = {
  Exp: unary("exp"),
  Log: unary("log"),
  Pow: pow,
  Sqrt: unary("sqrt"),
} satisfies OpTable;

/** `base^x = e^(x ln base)`. */
function exponential(node: OnnxNode, ops: FloatOps, base: FloatId, exponent: FloatId): FloatId {
  const bases = ops.valuesOf(base);
  if (bases?.every((it) => it > 0) !== true) {
    refuse(node, "its exponent is computed and its base is no positive constant");
  }
  return ops.unary({ kind: "exp" }, ops.multiply(exponent, ops.unary({ kind: "log" }, base)));
}

/** Elements of each exponent on their own, then put together again. */
function powers(
  node: OnnxNode,
  ops: FloatOps,
  base: FloatId,
  exponent: FloatId,
  exponents: Float64Array,
): FloatId {
  const shape = broadcastShapes(ops.shapeOf(base), ops.shapeOf(exponent));
  if (shape === undefined) return mismatch(node, "base and exponent cannot be broadcast");
  const distinct = [...new Set(exponents)];
  const [first = 1] = distinct;
  const input = ops.broadcast(base, shape);
  if (distinct.length < 2) return power(ops, input, first);
  if (distinct.length > MAX_EXPONENTS) refuse(node, `it has ${distinct.length} exponents`);

  // The broadcast of a weight would stay a node.
  const spread = ops.broadcast(structured(ops, exponent), shape);
  const exponentAt = ops.valuesOf(spread) ?? new Float64Array();
  const places = new Int32Array(exponentAt.length);
  let filled = 0;
  const groups = distinct.map((value) => {
    const group: number[] = [];
    exponentAt.forEach((it, at) => {
      if (it !== value) return;
      group.push(at);
      places[at] = filled++;
    });
    return power(ops, ops.view([input], [group.length], Int32Array.from(group)), value);
  });
  return ops.view(groups, shape, places);
}

/** Small integer powers by products, their roots and reciprocals likewise, others by a table. */
function power(ops: FloatOps, x: FloatId, exponent: number): FloatId {
  const size = Math.abs(exponent);
  if (exponent === 0) return ops.broadcast(scalar(ops, 1), ops.shapeOf(x));
  if (size === 0.5 || (Number.isInteger(size) && size <= MAX_PRODUCT_EXPONENT)) {
    const result = size === 0.5 ? ops.unary({ kind: "sqrt" }, x) : product(ops, x, size);
    return exponent > 0 ? result : ops.divide(scalar(ops, 1), result);
  }
  return ops.unary({ kind: "power", exponent }, x);
}

/** By squaring. */
function product(ops: FloatOps, x: FloatId, exponent: number): FloatId {
  if (exponent === 1) return x;
  const root = product(ops, x, Math.floor(exponent / 2));
  const square = ops.multiply(root, root);
  return exponent % 2 === 0 ? square : ops.multiply(square, x);
}
