import { contentId, hexToBytes } from "@vouch/protocol";
import type { CommittedKey, Hex, LinkKey } from "@vouch/protocol";
import type { CommittedGroups } from "./keyFile.ts";

/**
 * Hash of a development set-up of commit-and-prove: `keccak256("vouch.setup.committed.development.v1" ‖ r1cs hash ‖ number
 * of weights ‖ number of advice wires ‖ alpha ‖ beta ‖ gamma ‖ delta ‖ sigma ‖ ic_0 …)`, numbers and coordinates as 32
 * bytes, big-endian, in the order of EIP-197.
 */
export function committedTranscript(
  r1cs: Hex,
  { weights, advice }: CommittedGroups,
  { alpha, beta, gamma, delta, sigma, ic }: CommittedKey,
): Hex {
  const points = [alpha, beta, gamma, delta, sigma, ...ic].flat();
  return keccak("vouch.setup.committed.development.v1", [
    hexToBytes(r1cs),
    ...[BigInt(weights), BigInt(advice), ...points].map(word),
  ]);
}

/**
 * Hash of a development link: `keccak256("vouch.setup.link.development.v1" ‖ transcript of the inference circuit ‖ that of
 * the weights circuit ‖ k1·H ‖ k2·H)`.
 */
export function linkTranscript(
  inference: Hex,
  weights: Hex,
  { inference: k1, weights: k2 }: LinkKey,
): Hex {
  return keccak("vouch.setup.link.development.v1", [
    hexToBytes(inference),
    hexToBytes(weights),
    ...[...k1, ...k2].map(word),
  ]);
}

function word(value: bigint): Uint8Array {
  return Buffer.from(value.toString(16).padStart(64, "0"), "hex");
}

function keccak(tag: string, parts: readonly Uint8Array[]): Hex {
  return contentId(Buffer.concat([Buffer.from(tag), ...parts])); // plain keccak256, without a salt
}
