import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import { not } from "./formulas.ts";
import { refuse } from "./operands.ts";
import type { OnnxNode } from "./opReader.ts";
import type { PostTransform } from "./postTransform.ts";

/**
 * Scores `[N, 2]` of two classes from that of the second, `[N, 1]`. `part`: the first gets what is left to 1, else the
 * opposite. Runtimes leave all transforms but LOGISTIC out here, against their definition; so these are refused.
 */
export function twoScores(
  node: OnnxNode,
  ops: FloatOps,
  score: FloatId,
  transform: PostTransform,
  first: "part" | "opposite",
): FloatId {
  if (transform === "LOGISTIC") {
    const second = ops.unary({ kind: "sigmoid" }, score);
    return ops.concat([not(ops, second), second], 1);
  }
  if (transform !== "NONE") {
    refuse(
      node,
      `runtimes leave ${transform} of a single score out; use NONE and a node of its own`,
    );
  }
  return ops.concat([first === "part" ? not(ops, score) : ops.scale(score, -1), score], 1);
}
