import type { Curve } from "ffjavascript";
import { G1_BYTES } from "../zkeyFile.ts";

const JACOBIAN_BYTES = 96;

/** Bases of the weights of both circuits, the blind of each last; affine, in Montgomery form, as many of each. */
export type LinkedBases = { readonly inference: Uint8Array; readonly weights: Uint8Array };

/**
 * Returns a link's points for two secrets: `k1·K_i + k2·K'_i` for each weight, then `k1·K_blind`, then `k2·K'_blind`;
 * affine. Each point comes plus that of `before`, if it is given.
 *
 * @param secrets k1 and k2 in Montgomery form
 */
export async function linkPoints(
  { G1, Fr }: Curve,
  { inference, weights }: LinkedBases,
  [k1, k2]: readonly [Uint8Array, Uint8Array],
  before?: Uint8Array,
): Promise<Uint8Array> {
  const one = await G1.batchApplyKey(inference, k1, Fr.one, "affine", "jacobian");
  const two = await G1.batchApplyKey(weights, k2, Fr.one, "affine", "jacobian");
  const count = inference.length / G1_BYTES;
  const at = (points: Uint8Array, i: number): Uint8Array =>
    points.subarray(i * JACOBIAN_BYTES, (i + 1) * JACOBIAN_BYTES);

  const sums = new Uint8Array((count + 1) * JACOBIAN_BYTES);
  for (let i = 0; i <= count; i++) {
    let sum = at(i < count ? one : two, Math.min(i, count - 1));
    if (i < count - 1) sum = G1.add(sum, at(two, i));
    if (before !== undefined) {
      sum = G1.add(sum, before.subarray(i * G1_BYTES, (i + 1) * G1_BYTES));
    }
    sums.set(sum, i * JACOBIAN_BYTES);
  }
  return G1.batchToAffine(sums);
}
