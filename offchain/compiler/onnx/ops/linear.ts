import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { broadcastShapes, elementsOf } from "../../ir/shape.ts";
import { flagAttribute, floatAttribute } from "../attributes.ts";
import { matrixProduct } from "../matrixProduct.ts";
import { alike, mismatch, one, operand } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";

/** `alpha · A · B + beta · C`, A and B or their transposes. */
const gemm: OpReader = {
  inputs: { least: 2, most: 3 },
  attributes: () => ["alpha", "beta", "transA", "transB"],
  read(node, ops) {
    const [a, b] = [operand(node, 0), operand(node, 1)];
    alike({ ...node, inputs: node.inputs.filter((it) => it !== undefined) }, "numbers");
    if (ops.shapeOf(a.id).length !== 2 || ops.shapeOf(b.id).length !== 2) {
      mismatch(node, "Gemm multiplies matrices");
    }
    const swapped = [1, 0];
    const left = flagAttribute(node, "transA") ? ops.transpose(a.id, swapped) : a.id;
    const right = flagAttribute(node, "transB") ? ops.transpose(b.id, swapped) : b.id;
    const alpha = floatAttribute(node, "alpha", 1);
    const beta = floatAttribute(node, "beta", 1);
    const isFixed = ops.valuesOf(right) !== undefined;
    const product = isFixed
      ? multiply(node, ops, left, ops.scale(right, alpha))
      : ops.scale(multiply(node, ops, left, right), alpha);
    const c = node.inputs[2];
    if (c === undefined || beta === 0) return one(product, a.dtype);
    const result = ops.add(product, ops.scale(c.id, beta));
    if (ops.shapeOf(result).join() !== ops.shapeOf(product).join()) {
      mismatch(node, `C [${ops.shapeOf(c.id).join(", ")}] does not fit the product`);
    }
    return one(result, a.dtype);
  },
};

/** Of the last two axes, those before are broadcast; a vector is a row on the left and a column on the right. */
const matMul: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => [],
  read(node, ops) {
    const { ids, dtype } = alike(node, "numbers");
    const [a = "", b = ""] = ids;
    const result = multiply(node, ops, a, b);
    return one(dtype === "float" ? result : ops.asInteger(result), dtype);
  },
};

export const LINEAR_OPS = { Gemm: gemm, MatMul: matMul } satisfies OpTable;

function multiply(node: OnnxNode, ops: FloatOps, left: FloatId, right: FloatId): FloatId {
  const [a, b] = [ops.shapeOf(left), ops.shapeOf(right)];
  if (a.length === 0 || b.length === 0) mismatch(node, "a scalar is no matrix");
  const [m, k] = a.length === 1 ? [1, ...a] : a.slice(-2);
  const [k2, n] = b.length === 1 ? [...b, 1] : b.slice(-2);
  const batch = broadcastShapes(a.slice(0, -2), b.slice(0, -2));
  const [rows = 1, inner = 0, columns = 1] = [m, k, n];
  if (inner !== k2 || inner === 0 || batch === undefined) {
    return mismatch(node, `[${a.join(", ")}] times [${b.join(", ")}]`);
  }
  const shape = [...batch, ...(a.length === 1 ? [] : [rows]), ...(b.length === 1 ? [] : [columns])];
  const matrix = ops.reshape(right, [...b.slice(0, -2), inner, columns]);
  const rank = Math.max(b.length, 2);
  const turned = ops.transpose(matrix, swapLast(rank));
  // One matrix on the right: the batch is more rows.
  if (elementsOf(b.slice(0, -2)) === 1) {
    const count = elementsOf(a) / inner;
    const flat = ops.reshape(left, [1, count, inner]);
    const product = matrixProduct(ops, flat, ops.reshape(turned, [1, columns, inner]));
    return ops.reshape(product, shape);
  }
  const batches = elementsOf(batch);
  const spread = (id: FloatId, lengths: readonly number[]): FloatId =>
    ops.reshape(ops.broadcast(id, [...batch, ...lengths]), [batches, ...lengths]);
  const square = ops.reshape(left, [...a.slice(0, -2), rows, inner]);
  const product = matrixProduct(
    ops,
    spread(square, [rows, inner]),
    spread(turned, [columns, inner]),
  );
  return ops.reshape(product, shape);
}

function swapLast(rank: number): readonly number[] {
  return Array.from({ length: rank }, (_, axis) =>
    axis < rank - 2 ? axis : axis === rank - 1 ? rank - 2 : rank - 1,
  );
}
