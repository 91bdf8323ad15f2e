import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import { mismatch, operand } from "./operands.ts";
import type { OnnxNode } from "./opReader.ts";

/** The input of a model of ai.onnx.ml as `[N, F]`; a single row may come without its first axis. */
export function featuresOf(node: OnnxNode, ops: FloatOps): FloatId {
  const { id } = operand(node, 0);
  const shape = ops.shapeOf(id);
  if (shape.includes(0)) mismatch(node, "the input is empty");
  if (shape.length === 1) return ops.reshape(id, [1, ...shape]);
  return shape.length === 2 ? id : mismatch(node, `the input has ${shape.length} axes`);
}
