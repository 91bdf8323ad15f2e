import { contentId, hexToBytes } from "@vouch/protocol";
import type { Hex, VerifyingKey } from "@vouch/protocol";
import { ProverError } from "../errors.ts";

/** A proving key with what a circuit's registration says of it. */
export type Setup = {
  /** Path of the snarkjs zkey. */
  readonly zkey: string;
  readonly key: VerifyingKey;
  /**
   * `development`: one party knew the secrets. `unverified`: made from a public ceremony, which others have to
   * attest; a set-up never calls itself a ceremony.
   */
  readonly class: "development" | "unverified";
  /** Hash of how the set-up was made; `developmentTranscript` or `ceremonyTranscript`. */
  readonly transcript: Hex;
};

/**
 * `keccak256("vouch.setup.development.v1" ‖ r1cs hash ‖ alpha ‖ beta ‖ gamma ‖ delta ‖ ic_0 ‖ ic_1 …)`, coordinates
 * as 32 bytes, big-endian, in the order of EIP-197.
 */
export function developmentTranscript(r1cs: Hex, key: VerifyingKey): Hex {
  const coordinates = [key.alpha, key.beta, key.gamma, key.delta, ...key.ic].flat();
  return keccak("vouch.setup.development.v1", [
    hexToBytes(r1cs),
    ...coordinates.map((it) => Buffer.from(it.toString(16).padStart(64, "0"), "hex")),
  ]);
}

/**
 * `keccak256("vouch.setup.ceremony.v1" ‖ r1cs hash ‖ circuit hash ‖ contribution hash 1 ‖ …)`, the latter the
 * blake2b-512 hashes that `snarkjs zkey verify` prints.
 */
export function ceremonyTranscript(
  r1cs: Hex,
  circuitHash: Uint8Array,
  contributionHashes: readonly Uint8Array[],
): Hex {
  return keccak("vouch.setup.ceremony.v1", [hexToBytes(r1cs), circuitHash, ...contributionHashes]);
}

function keccak(tag: string, parts: readonly Uint8Array[]): Hex {
  return contentId(Buffer.concat([Buffer.from(tag), ...parts])); // plain keccak256, without a salt
}

/**
 * Checks what makes a key forgeable by anyone or useless on-chain; the curve and the subgroup are checked where the key
 * is used.
 *
 * @throws {ProverError} `KEY_FORGEABLE`, `KEY_INVALID`.
 */
export function checkKey(key: VerifyingKey, publicSignals: number): void {
  if (key.gamma.every((it, i) => it === key.delta[i])) {
    throw new ProverError({ code: "KEY_FORGEABLE", reason: "gamma equals delta" });
  }
  if (key.ic.length !== publicSignals + 1) {
    const reason = `it has ${key.ic.length} IC points for ${publicSignals} public signals`;
    throw new ProverError({ code: "KEY_INVALID", reason });
  }
  const points = [key.alpha, key.beta, key.gamma, key.delta, ...key.ic];
  if (points.some((point) => point.every((it) => it === 0n))) {
    throw new ProverError({ code: "KEY_INVALID", reason: "a point is at infinity" });
  }
}
