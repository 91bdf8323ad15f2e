import { id } from "ethers";
import { SCALAR_FIELD } from "./field.ts";
import type { CircuitId, Hex } from "./hex.ts";
import { hashOfHex, wordToHex } from "./hex.ts";

/** What a committed circuit's checks are evaluated at, drawn after all that they quantify over is fixed. */
export type CommittedChallenge = {
  /** Pole of the lookups and point of the statement's evaluation. */
  readonly z: bigint;
  /** Combines tuples, and drives Freivalds by its powers. */
  readonly b: bigint;
};

/** Points that a registration of weights fixes before its challenge; two words each. */
export type WeightsPoints = {
  /** D_W: the weights in the basis of the inference circuit. */
  readonly weights: readonly bigint[];
  /** D_R: the same weights in the basis of the weights circuit. */
  readonly registered: readonly bigint[];
  /** D_M: the weights circuit's advice. */
  readonly advice: readonly bigint[];
};

/** Stands for D_W in the challenge where the weights are constants of the circuit. */
export const NO_WEIGHTS: readonly bigint[] = [0n, 0n];

const COMMITTED_TAG = id("vouch.challenge.committed.v1") as Hex;
const WEIGHTS_TAG = id("vouch.challenge.weights.v1") as Hex;

/**
 * Returns the challenge of a proof, from the commitments and the statement's digest:
 * `h = keccak256(T ‖ D_W ‖ D ‖ digest)`, `z = h mod p`, `b = keccak256(h) mod p`.
 *
 * @param weights D_W, or `NO_WEIGHTS`
 * @param advice D
 */
export function committedChallenge(
  weights: readonly bigint[],
  advice: readonly bigint[],
  digest: Hex,
): CommittedChallenge {
  const words = [...weights, ...advice].map(wordToHex);
  return expand(hashOfHex([COMMITTED_TAG, ...words, digest]));
}

/**
 * Returns the challenge of a registration of weights: `h = keccak256(T_R ‖ circuit ‖ D_W ‖ D_R ‖ D_M ‖ W)`.
 *
 * @param circuit id of the inference circuit
 * @param commitment W, below the scalar field's order
 */
export function weightsChallenge(
  circuit: CircuitId,
  { weights, registered, advice }: WeightsPoints,
  commitment: bigint,
): CommittedChallenge {
  const words = [...weights, ...registered, ...advice, commitment].map(wordToHex);
  return expand(hashOfHex([WEIGHTS_TAG, circuit, ...words]));
}

function expand(hash: Hex): CommittedChallenge {
  return {
    z: BigInt(hash) % SCALAR_FIELD,
    b: BigInt(hashOfHex([hash])) % SCALAR_FIELD,
  };
}
