import type { G1 } from "./bn254Points.ts";
import { pairsToOne, readG1 } from "./bn254Points.ts";
import { weightsChallenge } from "./committedChallenge.ts";
import type { CommittedKey, LinkKey } from "./committedKey.ts";
import { readCommittedKey, readLinkKey } from "./committedKey.ts";
import type { CommittedProof } from "./committedProof.ts";
import { groth16Pairs, knowledgePairs, readCommittedProof } from "./committedProof.ts";
import { SCALAR_FIELD } from "./field.ts";
import type { CircuitId } from "./hex.ts";

/** Shows that a commitment of an inference circuit opens to the weights that W stands for; points are two words. */
export type WeightsRegistration = {
  /** D_W: the weights in the basis of the inference circuit. */
  readonly weights: readonly bigint[];
  /** D_R: the same weights in the basis of the weights circuit. */
  readonly registered: readonly bigint[];
  /** L: that both are the same. */
  readonly link: readonly bigint[];
  /** Of the weights circuit, on `[z, b, W]`; its D is D_M. */
  readonly proof: CommittedProof;
};

/** Keys that judge a registration. */
export type RegistrationKeys = {
  /** Of the inference circuit. */
  readonly inference: CommittedKey;
  /** Of the weights circuit. */
  readonly weights: CommittedKey;
  readonly link: LinkKey;
};

/**
 * Verifies that D_W opens, in the inference circuit `circuit`, to weights within their ranges whose commitment is W: the
 * weights circuit's proof of D_R and W, and the link of D_R with D_W (docs/proving.md).
 *
 * @throws {ProtocolError} `KEY_INVALID`; a bad registration is `false`.
 */
export function verifyWeightsRegistration(
  keys: RegistrationKeys,
  circuit: CircuitId,
  commitment: bigint,
  registration: WeightsRegistration,
): boolean {
  const inference = readCommittedKey(keys.inference);
  const key = readCommittedKey(keys.weights);
  const link = readLinkKey(keys.link, { inference, weights: key });
  const points = readCommittedProof(registration.proof);
  const tied = readTied(registration);
  if (points === undefined || tied === undefined) return false;
  if (commitment < 0n || commitment >= SCALAR_FIELD) return false;
  const advice = registration.proof.slice(8, 10);
  const { z, b } = weightsChallenge(circuit, { ...registration, advice }, commitment);
  const signals = [z, b, commitment];
  return (
    pairsToOne(knowledgePairs(key, points)) &&
    pairsToOne(groth16Pairs(key, points, tied.registered, signals)) &&
    pairsToOne([
      { g1: tied.weights, g2: link.inference },
      { g1: tied.registered, g2: link.weights },
      { g1: tied.link.negate(), g2: key.gamma },
    ])
  );
}

/** Blinded commitments are never at infinity; (0, 0) would stand for weights that are constants. */
function readTied({
  weights,
  registered,
  link,
}: WeightsRegistration): Record<"weights" | "registered" | "link", G1> | undefined {
  try {
    const points = {
      weights: readG1(weights),
      registered: readG1(registered),
      link: readG1(link),
    };
    return points.weights.is0() || points.registered.is0() ? undefined : points;
  } catch {
    return undefined; // a point that is no point makes the registration wrong, not the call
  }
}
