import { randomBytes } from "node:crypto";
import type { Curve } from "ffjavascript";
import { FIELD_ORDER } from "../../ceremony/curvePoints.ts";
import { isCanonical } from "../../ceremony/isCanonical.ts";
import { loadCurveCode } from "../../setup/curveCode.ts";
import { instantiateCurve } from "../../setup/wasmCurve.ts";
import { G1_BYTES } from "../../zkeyFile.ts";

/** Bytes of the random weights of a sum: a false point passes with probability 2^-128. */
const WEIGHT_BYTES = 16;

/** Whether all affine points of G1 are on the curve, hence in the group, in their one encoding; infinity is. */
export async function areOnCurve(points: Uint8Array): Promise<boolean> {
  if (!isCanonical(points, FIELD_ORDER)) return false;
  const wasm = instantiateCurve(await loadCurveCode());
  const at = wasm.alloc(points.length);
  wasm.bytes().set(points, at);
  const isOnCurve = wasm.call("g1m_inCurveAffine");
  for (let i = 0; i < points.length; i += G1_BYTES) {
    if (isOnCurve(at + i) !== 1) return false;
  }
  return true;
}

/** Lists of points of G1, as many in each, that stand in one ratio each point by point. */
export type Ratio = {
  /** Each list with the point of G2 that its sum is paired with. */
  readonly left: Uint8Array;
  readonly leftOf: Uint8Array;
  readonly right: readonly { readonly points: Uint8Array; readonly of: Uint8Array }[];
};

/** Whether `e(left_i, leftOf) = Π e(right_i, of)` for every i; by sums with random weights. */
export async function isRatio(curve: Curve, { left, leftOf, right }: Ratio): Promise<boolean> {
  const { G1, G2 } = curve;
  if (left.length === 0) return right.every(({ points }) => points.length === 0);
  const weights = randomBytes((left.length / G1_BYTES) * WEIGHT_BYTES);
  const pairs: Uint8Array[] = [];
  const add = async (points: Uint8Array, of: Uint8Array, negate: boolean): Promise<void> => {
    const sum = G1.toAffine(await G1.multiExpAffine(points, weights));
    if (G1.isZero(sum) || G2.isZero(of)) return; // its pairing is one
    pairs.push(negate ? G1.neg(sum) : sum, of);
  };
  await add(left, leftOf, false);
  for (const { points, of } of right) await add(points, of, true);
  return pairs.length === 0 || curve.pairingEq(...pairs);
}
