import type { Hex } from "@vouch/protocol";
import { contentId, SCALAR_FIELD } from "@vouch/protocol";
import type { CurvePoints } from "../../ceremony/curvePoints.ts";
import type { Group } from "../../setup/wasmCurve.ts";
import { fromLittleEndian, littleEndian } from "../../zkeyFile.ts";

/** Shows that its maker knew the `secret` with `point = secret · base` (Schnorr, CRYPTO 1989, by a hash for the challenge). */
export type LogProof = {
  /** Affine, as the base. */
  readonly nonce: Uint8Array;
  /** 32 bytes, little-endian. */
  readonly response: Uint8Array;
};

/** A statement about a discrete logarithm; points are affine, in Montgomery form. */
export type LogClaim = {
  readonly group: Group;
  readonly base: Uint8Array;
  readonly point: Uint8Array;
  /** What the proof is for, and for nothing else. */
  readonly context: Hex;
};

const TAG = "vouch.setup.log.v1";

/** @param blind as secret as the secret, and for this proof alone; both plain, little-endian */
export function proveLog(
  points: CurvePoints,
  claim: LogClaim,
  secret: Uint8Array,
  blind: Uint8Array,
): LogProof {
  const nonce = points.multiply(claim.group, claim.base, blind);
  return { nonce, response: points.multiplyAdd(challengeOf(claim, nonce), secret, blind) };
}

/** Points must be elements of the group; whoever calls knows that of the base. */
export function verifyLog(
  points: CurvePoints,
  claim: LogClaim,
  { nonce, response }: LogProof,
): boolean {
  const { group, base, point } = claim;
  if (fromLittleEndian(response) >= SCALAR_FIELD) return false;
  if (!points.isElement(group, nonce) || !points.isElement(group, point)) return false;
  const left = points.multiply(group, base, response);
  const right = points.multiply(group, point, challengeOf(claim, nonce));
  return Buffer.compare(left, points.add(group, right, nonce)) === 0;
}

function challengeOf({ base, point, context }: LogClaim, nonce: Uint8Array): Uint8Array {
  const text = Buffer.from(`${TAG} ${context} `);
  const hash = BigInt(contentId(Buffer.concat([text, base, point, nonce])));
  return littleEndian(hash % SCALAR_FIELD);
}
