import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { elementsOf } from "../../ir/shape.ts";
import { flagAttribute, floatAttribute } from "../attributes.ts";
import { mismatch, one, operand } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";

/** `alpha · A · B + beta · C`, A and B or their transposes. */
const gemm: OpReader = {
  inputs: { least: 2, most: 3 },
  attributes: () => ["alpha", "beta", "transA", "transB"],
  read(node, ops) {
    const [a, b] = [operand(node, 0), operand(node, 1)];
    if (ops.shapeOf(a.id).length !== 2 || ops.shapeOf(b.id).length !== 2) {
      mismatch(node, "Gemm multiplies matrices");
    }
    const swap = [1, 0];
    const left = flagAttribute(node, "transA") ? ops.transpose(a.id, swap) : a.id;
    const right = flagAttribute(node, "transB") ? ops.transpose(b.id, swap) : b.id;
    const c = node.inputs[2]?.id;
    const alpha = floatAttribute(node, "alpha", 1);
    const beta = floatAttribute(node, "beta", 1);
    const product = multiply(node, ops, left, right, alpha);
    if (c === undefined || beta === 0) return one(product, a.dtype);
    return one(ops.sum([product, 1], [c, beta]), a.dtype);
  },
};

const matMul: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: () => [],
  read(node, ops) {
    const [a, b] = [operand(node, 0), operand(node, 1)];
    return one(multiply(node, ops, a.id, b.id), a.dtype);
  },
};

export const LINEAR_OPS = { Gemm: gemm, MatMul: matMul } satisfies OpTable;

/** Product as of MatMul, times a factor. */
function multiply(
  node: OnnxNode,
  ops: FloatOps,
  left: FloatId,
  right: FloatId,
  factor = 1,
): FloatId {
  const [a, b] = [ops.shapeOf(left), ops.shapeOf(right)];
  const isConstant = ops.valuesOf(right) !== undefined;
  if (isConstant && b.length === 2 && a.length > 0) {
    return ops.linear(left, ops.scale(ops.transpose(right, [1, 0]), factor));
  }
  return mismatch(node, `${elementsOf(a)}`);
}
