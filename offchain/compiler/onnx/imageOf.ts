import type { FloatOps } from "../ir/floatBuilder.ts";
import type { FloatId } from "../ir/floatGraph.ts";
import { mismatch } from "./operands.ts";
import type { OnnxNode } from "./opReader.ts";

/** Lengths of a tensor `[N, C, ...spatial]`. */
export type Image = {
  readonly batch: number;
  readonly channels: number;
  readonly spatial: readonly number[];
};

/**
 * Takes a tensor apart as an image of at least so many spatial axes.
 *
 * @throws {CompilerError} `SHAPE_MISMATCH`, also where it has no elements.
 */
export function imageOf(node: OnnxNode, ops: FloatOps, id: FloatId, least = 1): Image {
  const shape = ops.shapeOf(id);
  const [batch, channels, ...spatial] = shape;
  if (
    batch === undefined ||
    channels === undefined ||
    spatial.length < least ||
    shape.includes(0)
  ) {
    return mismatch(node, `the input [${shape.join(", ")}] is not [N, C, ...spatial]`);
  }
  return { batch, channels, spatial };
}
