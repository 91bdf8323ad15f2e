import type { FloatOps } from "../../ir/floatBuilder.ts";
import { intAttribute } from "../attributes.ts";
import { not, scalar, truncate } from "../formulas.ts";
import { operand } from "../operands.ts";
import type { OnnxValue, OpReader, OpTable } from "../opReader.ts";
import { elementType } from "../readTensor.ts";

/** Real numbers lose their fraction on the way to integers; all but zero is true. */
export function castTo(
  ops: FloatOps,
  { id, dtype }: OnnxValue,
  { dtype: to, limits }: Pick<OnnxValue, "dtype" | "limits">,
): OnnxValue {
  if (to === "float") return { id, dtype: to };
  if (to === "boolean") {
    const isSame = dtype === to;
    return { id: isSame ? id : not(ops, ops.compare("equal", id, scalar(ops, 0))), dtype: to };
  }
  const whole = dtype === "float" ? truncate(ops, id) : id;
  return { id: whole, dtype: to, ...(limits && { limits }) };
}

const cast: OpReader = {
  inputs: { least: 1, most: 1 },
  attributes: (opset) => (opset < 19 ? ["to"] : ["to", "saturate"]),
  read(node, ops) {
    const type = elementType(intAttribute(node, "to", 0), `${node.name} (to)`);
    return [castTo(ops, operand(node, 0), type)];
  },
};

const castLike: OpReader = {
  inputs: { least: 2, most: 2 },
  attributes: (opset) => (opset < 19 ? [] : ["saturate"]),
  read: (node, ops) => [castTo(ops, operand(node, 0), operand(node, 1))],
};

export const CAST_OPS = { Cast: cast, CastLike: castLike } satisfies OpTable;
