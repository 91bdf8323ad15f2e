import { CompilerError } from "../errors.ts";
import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import { invalidAttribute } from "./attributes.ts";
import type { Dtype, OnnxNode, OnnxValue } from "./opReader.ts";

/** Input at a place where the op must have one. */
export function operand(node: OnnxNode, at: number): OnnxValue {
  return node.inputs[at] ?? refuse(node, `it needs an input ${at}`);
}

/** All inputs, of one type, which is no truth value where the op calculates. */
export function alike(
  node: OnnxNode,
  of: "numbers" | "anything",
): { readonly ids: readonly FloatId[]; readonly dtype: Dtype } {
  const values = node.inputs.map((_, at) => operand(node, at));
  const { dtype } = operand(node, 0);
  if (values.some((it) => it.dtype !== dtype)) refuse(node, "its operands are of several types");
  if (of === "numbers" && dtype === "boolean") refuse(node, "its operands are truth values");
  return { ids: values.map(({ id }) => id), dtype };
}

/** A truth value at a place where the op must have one. */
export function truthValue(node: OnnxNode, at: number): FloatId {
  const { id, dtype } = operand(node, at);
  return dtype === "boolean" ? id : refuse(node, `its input ${at} is no truth value`);
}

/**
 * Values of an input that must not depend on the model's input; `undefined` where it is left out.
 *
 * @param what what the input is, for the error
 */
export function known(
  node: OnnxNode,
  ops: FloatOps,
  at: number,
  what: string,
): Float64Array | undefined {
  const value = node.inputs[at];
  if (value === undefined) return undefined;
  return ops.valuesOf(value.id) ?? refuse(node, `its ${what} ${value.id} is computed`);
}

/** As `known`, of integers. */
export function knownIntegers(
  node: OnnxNode,
  ops: FloatOps,
  at: number,
  what: string,
): readonly number[] | undefined {
  const values = known(node, ops, at, what);
  const dtype = node.inputs[at]?.dtype;
  if (values !== undefined && dtype !== "integer") refuse(node, `its ${what} is no integer tensor`);
  return values && Array.from(values);
}

/** An axis counted from the front; ONNX counts negative ones from behind. */
export function axisOf(node: OnnxNode, rank: number, axis: number, name = "axis"): number {
  const front = axis < 0 ? axis + rank : axis;
  if (Number.isInteger(front) && front >= 0 && front < rank) return front;
  return invalidAttribute(node, name, `${axis} is no axis of ${rank}`);
}

/** Refuses a form of an op that is supported in others. */
export function refuse(node: OnnxNode, reason: string): never {
  const { name, opType } = node;
  throw new CompilerError({ code: "OP_FORM_UNSUPPORTED", node: name, op: opType, reason });
}

/** Refuses operands whose shapes do not fit. */
export function mismatch(node: OnnxNode, reason: string): never {
  throw new CompilerError({ code: "SHAPE_MISMATCH", node: node.name, reason });
}

/** The only output of an op, of the element type of the value. */
export function like(value: OnnxValue, id: FloatId): readonly [OnnxValue] {
  return [{ ...value, id }];
}

/** The only output of an op. */
export function one(id: FloatId, dtype: Dtype = "float"): readonly [OnnxValue] {
  return [{ id, dtype }];
}
