import type { FloatOps } from "../../ir/floatBuilder.ts";
import type { FloatId } from "../../ir/floatGraph.ts";
import { intAttribute } from "../attributes.ts";
import type { Rows } from "../lastAxes.ts";
import { keepAxis, lastAxes } from "../lastAxes.ts";
import { oneHot } from "../oneHot.ts";
import { axisOf, one, operand } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";
import { softmaxOf } from "../softmaxOf.ts";
import { argMax } from "./selection.ts";

export const SOFTMAX_OPS = {
  /** 1 at the first largest element, else 0. */
  Hardmax: along((ops, rows) => oneHot(ops, argMax(ops, rows), ops.shapeOf(rows).at(-1) ?? 1)),
  LogSoftmax: along((ops, rows) => {
    const shifted = ops.subtract(rows, keepAxis(ops, rows, "reduceMax"));
    const sum = keepAxis(ops, ops.unary({ kind: "exp" }, shifted), "reduceSum");
    return ops.subtract(shifted, ops.unary({ kind: "log" }, sum));
  }),
  Softmax: along(softmaxOf),
} satisfies OpTable;

/** An op on the last axis, applied to that of the attribute. */
function along(write: (ops: FloatOps, rows: FloatId) => FloatId): OpReader {
  return {
    inputs: { least: 1, most: 1 },
    attributes: () => ["axis"],
    read(node, ops) {
      const { id } = operand(node, 0);
      const rows = rowsOf(node, ops, id);
      return one(rows.back(write(ops, rows.id)));
    },
  };
}

/** Before opset 13 all axes from the given one on are normalized together. */
function rowsOf(node: OnnxNode, ops: FloatOps, id: FloatId): Rows {
  const { length: rank } = ops.shapeOf(id);
  const first = axisOf(node, rank, intAttribute(node, "axis", node.opset < 13 ? 1 : -1));
  const { length } = node.opset < 13 ? ops.shapeOf(id).slice(first) : [first];
  return lastAxes(
    ops,
    id,
    Array.from({ length }, (_, k) => first + k),
  );
}
