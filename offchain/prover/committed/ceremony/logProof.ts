import type { Hex } from "@vouch/protocol";
import { contentId, SCALAR_FIELD } from "@vouch/protocol";
import type { Curve, CurveGroup } from "ffjavascript";
import { drawBlind } from "../values.ts";
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
  readonly base: Uint8Array;
  readonly point: Uint8Array;
  /** What the proof is for, and for nothing else. */
  readonly context: Hex;
};

const TAG = "vouch.setup.log.v1";

/** `scalar · point`, affine; the scalar is plain. */
export function times(
  { Fr }: Curve,
  group: CurveGroup,
  point: Uint8Array,
  scalar: bigint,
): Uint8Array {
  return group.toAffine(group.timesFr(point, Fr.fromRprLE(littleEndian(scalar), 0)));
}

export function proveLog(
  curve: Curve,
  group: CurveGroup,
  claim: LogClaim,
  secret: bigint,
): LogProof {
  const blind = drawBlind();
  const nonce = times(curve, group, claim.base, blind);
  const response = (blind + challengeOf(claim, nonce) * secret) % SCALAR_FIELD;
  return { nonce, response: littleEndian(response) };
}

export function verifyLog(
  curve: Curve,
  group: CurveGroup,
  claim: LogClaim,
  { nonce, response }: LogProof,
): boolean {
  const scalar = fromLittleEndian(response);
  if (scalar >= SCALAR_FIELD || !group.isValid(nonce) || !group.isValid(claim.point)) return false;
  const left = times(curve, group, claim.base, scalar);
  const right = group.add(nonce, times(curve, group, claim.point, challengeOf(claim, nonce)));
  return Buffer.compare(left, group.toAffine(right)) === 0;
}

function challengeOf({ base, point, context }: LogClaim, nonce: Uint8Array): bigint {
  const text = Buffer.from(`${TAG} ${context} `);
  return BigInt(contentId(Buffer.concat([text, base, point, nonce]))) % SCALAR_FIELD;
}
