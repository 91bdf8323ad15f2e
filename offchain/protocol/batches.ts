import { AbiCoder, concat, dataLength, dataSlice, id, keccak256 } from "ethers";
import { ProtocolError } from "./errors.ts";
import type { CircuitId, Hex } from "./hex.ts";
import { hashOfHex, wordOfHash } from "./hex.ts";

/** Where a statement stands among those that one proof proves, by their digests in order. */
export type BatchPlace = { readonly place: number; readonly digests: readonly Hex[] };

/** A registered circuit that proves so many inferences, as contracts name it. */
export type BatchCircuitId = { readonly count: number; readonly circuit: CircuitId };

/** Inferences that one proof may prove; the registry's limits. */
export const MIN_BATCH_INFERENCES = 2;
export const MAX_BATCH_INFERENCES = 128;

/** Batch circuits of one family; the registry's limit. */
export const MAX_BATCH_CIRCUITS = 16;

/** Words of input and output that the inferences of one proof may have together; the registry's limit. */
export const MAX_BATCH_WORDS = 8_190;

/** Below the 128 KiB of a transaction that nodes take: a proof of more inferences would be for nothing, as it cannot be recorded. */
export const MAX_RECORD_BYTES = 120_000;
/** Of the calldata of `recordBatch`: what it has once, and for each receipt beside its words. */
const RECORD_WORDS = { once: 20, receipt: 10 };

const BATCH_TYPEHASH = id("Batch(uint256 count,bytes32 statements)");
const BATCHES_TAG = id("vouch.batches.v1");

/**
 * Returns the digest that a proof of several inferences is bound to, in the place of a statement's.
 *
 * @param digests of the statements, in the order of the proof's words
 * @throws {ProtocolError} `HEX_INVALID` for a digest that is not 32 bytes.
 */
export function batchDigest(digests: readonly Hex[]): Hex {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["bytes32", "uint256", "bytes32"],
    [BATCH_TYPEHASH, digests.length, hashOfHex(digests.map(wordOfHash))],
  );
  return keccak256(encoded) as Hex;
}

/** Returns how much calldata records a proof of so many inferences, of so many words of input and output each. */
export function recordBytes(count: number, words: number): number {
  return 32 * (RECORD_WORDS.once + count * (RECORD_WORDS.receipt + words));
}

/**
 * Returns the words that a proof of several inferences evaluates, without `W`: those of each in order, and 1 behind the last. No
 * circuit of another number of inferences gives the same value, as words of zeros behind its own would.
 */
export function batchWords(
  statements: readonly { readonly input: readonly bigint[]; readonly output: readonly bigint[] }[],
): readonly bigint[] {
  return [...statements.flatMap(({ input, output }) => [...input, ...output]), 1n];
}

/** Returns the id of a circuit with others that prove several inferences at once, which a release names. */
export function batchesId(single: CircuitId, batches: readonly BatchCircuitId[]): CircuitId {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["bytes32", "bytes32", "tuple(uint256 count,bytes32 circuit)[]"],
    [BATCHES_TAG, single, batches],
  );
  return keccak256(encoded) as CircuitId;
}

/**
 * Returns the data of zk evidence of a statement whose batch was recorded: its place in one byte, then all digests.
 *
 * @throws {ProtocolError} `BATCH_SIZE`, `BATCH_PLACE`, `HEX_INVALID`.
 */
export function encodeBatchEvidence({ place, digests }: BatchPlace): Hex {
  requireBatchPlace(place, digests.length);
  const index: Hex = `0x${place.toString(16).padStart(2, "0")}`;
  return concat([index, ...digests.map(wordOfHash)]) as Hex;
}

/** Whether the data of zk evidence has the length of a place in a batch: no other form of that kind does. */
export function isBatchEvidence(data: Hex): boolean {
  const count = (dataLength(data) - 1) / 32;
  return isBatchSize(count);
}

/**
 * Returns a place in a batch from the data of zk evidence.
 *
 * @throws {ProtocolError} `EVIDENCE_MALFORMED` for another length, `BATCH_PLACE`.
 */
export function decodeBatchEvidence(data: Hex): BatchPlace {
  if (!isBatchEvidence(data)) {
    const reason = "not one byte and from 2 to 128 digests";
    throw new ProtocolError({ code: "EVIDENCE_MALFORMED", kind: "zk", reason });
  }
  const count = (dataLength(data) - 1) / 32;
  const place = Number(dataSlice(data, 0, 1));
  requireBatchPlace(place, count);
  const at = (index: number): number => 1 + 32 * index;
  const digests = Array.from({ length: count }, (_, i) => dataSlice(data, at(i), at(i + 1)) as Hex);
  return { place, digests };
}

/**
 * Demands that a batch has as many statements as one may, and that the place is one of them.
 *
 * @throws {ProtocolError} `BATCH_SIZE`, `BATCH_PLACE`.
 */
export function requireBatchPlace(place: number, count: number): void {
  if (!isBatchSize(count)) throw new ProtocolError({ code: "BATCH_SIZE", count });
  if (!Number.isInteger(place) || place < 0 || place >= count)
    throw new ProtocolError({ code: "BATCH_PLACE", place, count });
}

/** Whether so many inferences may have one proof. */
export function isBatchSize(count: number): boolean {
  return Number.isInteger(count) && count >= MIN_BATCH_INFERENCES && count <= MAX_BATCH_INFERENCES;
}
