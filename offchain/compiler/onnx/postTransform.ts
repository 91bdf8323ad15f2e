import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import { stringAttribute } from "./attributes.ts";
import { not, scalar, signOf } from "./formulas.ts";
import { keepAxis } from "./lastAxes.ts";
import { refuse } from "./operands.ts";
import type { OnnxNode } from "./opReader.ts";
import { softmaxOf } from "./softmaxOf.ts";

/** What is done to scores, by ONNX name. */
export const POST_TRANSFORMS = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"] as const;
export type PostTransform = (typeof POST_TRANSFORMS)[number];

/** Winitzki's constant for the inverse error function. */
const WINITZKI = 0.147;

export function readPostTransform(node: OnnxNode): PostTransform {
  return stringAttribute(node, "post_transform", "NONE", POST_TRANSFORMS);
}

/**
 * Transforms scores `[.., classes]`. With a single score onnxruntime leaves out all but PROBIT, against their
 * definition; so these are refused.
 */
export function postTransform(
  node: OnnxNode,
  ops: FloatOps,
  scores: FloatId,
  transform: PostTransform,
): FloatId {
  const isSingle = ops.shapeOf(scores).at(-1) === 1;
  if (isSingle && transform !== "NONE" && transform !== "PROBIT") {
    refuse(
      node,
      `runtimes leave ${transform} of a single score out; use NONE and a node of its own`,
    );
  }
  switch (transform) {
    case "NONE":
      return scores;
    case "SOFTMAX":
      return softmaxOf(ops, scores);
    case "LOGISTIC":
      return ops.unary({ kind: "sigmoid" }, scores);
    case "SOFTMAX_ZERO": {
      const shifted = ops.subtract(scores, keepAxis(ops, scores, "reduceMax"));
      const isZero = ops.compare("equal", scores, scalar(ops, 0));
      const powers = ops.multiply(ops.unary({ kind: "exp" }, shifted), not(ops, isZero));
      return ops.divide(powers, keepAxis(ops, powers, "reduceSum"));
    }
    case "PROBIT":
      return probit(ops, scores);
    default:
      return transform satisfies never;
  }
}

/** `√2 erf⁻¹(2x - 1)` in Winitzki's approximation, which runtimes use. */
function probit(ops: FloatOps, x: FloatId): FloatId {
  const one = scalar(ops, 1);
  const z = ops.sum([x, 2], [one, -1]);
  const log = ops.unary({ kind: "log" }, ops.subtract(one, ops.multiply(z, z)));
  const v = ops.sum([log, 0.5], [one, 2 / (Math.PI * WINITZKI)]);
  const root = ops.unary({ kind: "sqrt" }, ops.sum([ops.multiply(v, v), 1], [log, -1 / WINITZKI]));
  const size = ops.unary({ kind: "sqrt" }, ops.subtract(root, v));
  return ops.scale(ops.multiply(signOf(ops, z), size), Math.SQRT2);
}
