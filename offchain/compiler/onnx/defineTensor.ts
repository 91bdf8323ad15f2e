import type { FloatOps } from "../ir/floatBuilder.ts";
import type { OnnxValue } from "./opReader.ts";
import type { OnnxTensor } from "./readTensor.ts";

/** A tensor of the file as a constant: real numbers are weights, the others belong to the architecture. */
export function defineTensor(
  ops: FloatOps,
  { dtype, shape, values, limits }: OnnxTensor,
): OnnxValue {
  const isReal = dtype === "float";
  const role = isReal ? "weight" : "structure";
  const id = ops.constant(shape, values, role, isReal ? "real" : "integer");
  return { id, dtype, ...(limits && { limits }) };
}
