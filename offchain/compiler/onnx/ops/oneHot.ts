import type { FloatOps } from "../../ir/floatBuilder.ts";
import { intAttribute } from "../attributes.ts";
import { oneHot, wrapped } from "../oneHot.ts";
import { axisOf, known, one, operand, refuse } from "../operands.ts";
import type { OnnxNode, OpReader, OpTable } from "../opReader.ts";
import { MAX_ELEMENTS } from "../readTensor.ts";
import { fromLastAxis } from "../toLastAxis.ts";

/** `off + (on - off) · [index = i]`. */
const oneHotReader: OpReader = {
  inputs: { least: 3, most: 3 },
  attributes: () => ["axis"],
  read(node, ops) {
    const indices = operand(node, 0).id;
    const { id: values, dtype } = operand(node, 2);
    const depth = depthOf(node, ops);
    const rank = ops.shapeOf(indices).length + 1;
    const axis = axisOf(node, rank, intAttribute(node, "axis", -1));
    const [off = 0, on = 1] = known(node, ops, 2, "pair of values") ?? [];
    if (ops.shapeOf(values).join() !== "2") refuse(node, "its values are not two");

    const isOn = oneHot(ops, wrapped(ops, indices, depth), depth);
    const base = ops.constant([1], [off], "structure", dtype === "float" ? "real" : "integer");
    const result = off === 0 ? ops.scale(isOn, on) : ops.sum([base, 1], [isOn, on - off]);
    return one(fromLastAxis(ops, result, axis), dtype);
  },
};

export const ONE_HOT_OPS = { OneHot: oneHotReader } satisfies OpTable;

function depthOf(node: OnnxNode, ops: FloatOps): number {
  const [depth = 0] = known(node, ops, 1, "depth") ?? [];
  const isLength = Number.isInteger(depth) && depth >= 1 && depth <= MAX_ELEMENTS;
  return isLength ? depth : refuse(node, `its depth is ${depth}`);
}
