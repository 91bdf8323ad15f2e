import type { G1, G2, Pair } from "./bn254Points.ts";
import { combineG1, pairsToOne, readG1, readG2 } from "./bn254Points.ts";
import { committedChallenge } from "./committedChallenge.ts";
import type { CommittedKey, CommittedKeyPoints } from "./committedKey.ts";
import { COMMITTED_SIGNALS, readCommittedKey } from "./committedKey.ts";
import { SCALAR_FIELD } from "./field.ts";
import type { Hex } from "./hex.ts";
import { evaluateWords } from "./statement.ts";

/** Words of A (2), B (4, as EIP-197 has it), C (2), D (2) and Q (2): commitment and proof of its knowledge last. */
export type CommittedProof = readonly bigint[];

/** What a proof is to say: that the circuit holds of these words, of the registered weights, for this statement. */
export type CommittedClaim = {
  /** D_W as it is registered for the release's weights, or `NO_WEIGHTS` where they are constants of the circuit. */
  readonly weights: readonly bigint[];
  /** The statement's digest. */
  readonly digest: Hex;
  /** Words of input and output (docs/statement.md, section 2), without a slot for W. */
  readonly v: readonly bigint[];
};

/** Checked points of a proof. */
export type CommittedProofPoints = {
  readonly a: G1;
  readonly b: G2;
  readonly c: G1;
  readonly d: G1;
  readonly q: G1;
};

const WORDS = 12;

/**
 * Verifies a commit-and-prove proof of a claim: derives the challenge and `e` from the commitments and the words, and
 * checks both equations of docs/proving.md.
 *
 * @throws {ProtocolError} `KEY_INVALID` for a key that is malformed or forgeable; a bad proof is `false`.
 */
export function verifyCommitted(
  key: CommittedKey,
  proof: CommittedProof,
  { weights, digest, v }: CommittedClaim,
): boolean {
  const points = readCommittedKey(key);
  const read = readPoints(proof, weights);
  if (read === undefined || !v.every(isElement)) return false;
  const { z, b } = committedChallenge(weights, proof.slice(8, 10), digest);
  return holds(points, read, [z, b, evaluateWords(v, z)]);
}

/**
 * Verifies a proof on the signals `[z, b, e]` that the caller derived: a `true` alone says nothing, as whoever chooses the
 * signals proves anything.
 *
 * @throws {ProtocolError} `KEY_INVALID`.
 */
export function verifyCommittedSignals(
  key: CommittedKey,
  proof: CommittedProof,
  weights: readonly bigint[],
  signals: readonly bigint[],
): boolean {
  const points = readCommittedKey(key);
  const read = readPoints(proof, weights);
  return read !== undefined && areSignals(signals) && holds(points, read, signals);
}

type ReadPoints = { readonly proof: CommittedProofPoints; readonly weights: G1 };

function readPoints(proof: CommittedProof, weights: readonly bigint[]): ReadPoints | undefined {
  const points = readCommittedProof(proof);
  try {
    // `NO_WEIGHTS` is infinity, and adds nothing.
    return points && { proof: points, weights: readG1(weights) };
  } catch {
    return undefined; // a point that is no point makes the proof wrong, not the call
  }
}

function holds(
  key: CommittedKeyPoints,
  { proof, weights }: ReadPoints,
  signals: readonly bigint[],
): boolean {
  return (
    pairsToOne(knowledgePairs(key, proof)) && pairsToOne(groth16Pairs(key, proof, weights, signals))
  );
}

/** `e(A, B) = e(alpha, beta) · e(IC + committed + D, H) · e(C, delta)`, all on one side. */
export function groth16Pairs(
  { alpha, beta, gamma, delta, ic }: CommittedKeyPoints,
  { a, b, c, d }: CommittedProofPoints,
  committed: G1,
  signals: readonly bigint[],
): readonly Pair[] {
  return [
    { g1: a.negate(), g2: b },
    { g1: alpha, g2: beta },
    { g1: combineG1(ic, signals).add(committed).add(d), g2: gamma },
    { g1: c, g2: delta },
  ];
}

/** `e(D, S) = e(Q, H)`, all on one side: D is a combination of the advice's bases. */
export function knowledgePairs(
  { gamma, sigma }: CommittedKeyPoints,
  { d, q }: CommittedProofPoints,
): readonly Pair[] {
  return [
    { g1: d, g2: sigma },
    { g1: q.negate(), g2: gamma },
  ];
}

/** Points of a proof; `undefined` for what is none: not 12 canonical words, off the curve, D at infinity. */
export function readCommittedProof(proof: CommittedProof): CommittedProofPoints | undefined {
  if (proof.length !== WORDS) return undefined;
  try {
    const points = {
      a: readG1(proof.slice(0, 2)),
      b: readG2(proof.slice(2, 6)),
      c: readG1(proof.slice(6, 8)),
      d: readG1(proof.slice(8, 10)),
      q: readG1(proof.slice(10, 12)),
    };
    return points.d.is0() ? undefined : points; // no blinded commitment is there
  } catch {
    return undefined; // a point that is no point makes the proof wrong, not the call
  }
}

/** Whether these are three elements of the scalar field, each in its one form. */
function areSignals(signals: readonly bigint[]): boolean {
  return signals.length === COMMITTED_SIGNALS && signals.every(isElement);
}

function isElement(value: bigint): boolean {
  return value >= 0n && value < SCALAR_FIELD;
}
