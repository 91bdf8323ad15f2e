import type { Curve } from "ffjavascript";
import { G1_BYTES } from "../zkeyFile.ts";

const JACOBIAN_BYTES = 96;

/** Bases of the weights of both circuits, the blind of each last; affine, in Montgomery form, as many of each. */
export type LinkedBases = { readonly inference: Uint8Array; readonly weights: Uint8Array };

/**
 * Returns a link's points of the bases times k1 and k2: the sums for each weight, then that of the inference circuit's blind,
 * then that of the weights circuit's; affine. Each comes plus that of `before`, if it is given.
 */
export async function linkPoints(
  { G1 }: Curve,
  { inference, weights }: LinkedBases,
  before?: Uint8Array,
): Promise<Uint8Array> {
  const count = inference.length / G1_BYTES;
  const at = (points: Uint8Array, i: number): Uint8Array =>
    points.subarray(i * G1_BYTES, (i + 1) * G1_BYTES);

  const sums = new Uint8Array((count + 1) * JACOBIAN_BYTES);
  for (let i = 0; i <= count; i++) {
    let sum = G1.toJacobian(i < count ? at(inference, i) : at(weights, count - 1));
    if (i < count - 1) sum = G1.add(sum, at(weights, i));
    if (before !== undefined) sum = G1.add(sum, at(before, i));
    sums.set(sum, i * JACOBIAN_BYTES);
  }
  return G1.batchToAffine(sums);
}
