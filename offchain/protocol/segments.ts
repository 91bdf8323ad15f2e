import { AbiCoder, concat, dataSlice, id, keccak256 } from "ethers";
import type { Circuit, CircuitTensor } from "./circuit.ts";
import { ProtocolError } from "./errors.ts";
import type { Groth16Proof } from "./evidence.ts";
import type { CircuitId, Hex } from "./hex.ts";
import { wordToHex } from "./hex.ts";
import { hashOfWords } from "./statement.ts";

/** Proof of one statement in parts (docs/statement.md, section 8). */
export type SegmentedProof = {
  /** `W` of each segment; none where the weights are public. */
  readonly weights: readonly bigint[];
  /** Commitments to what passes from each segment to the next: one fewer than there are segments. */
  readonly joins: readonly bigint[];
  /** In the order of the segments. */
  readonly proofs: readonly { readonly commitment: bigint; readonly proof: Groth16Proof }[];
};

/** Where a segment stands in the proof of a statement. */
export type SegmentPlace = {
  readonly index: number;
  readonly count: number;
  readonly joins: readonly bigint[];
};

const SEGMENT_TYPEHASH = id(
  "Segment(bytes32 statement,uint256 index,uint256 count,bytes32 joinsHash)",
);
const SEGMENTS_TAG = id("vouch.segments.v1");
const WORDS_A_PROOF = 9;

/** Gas that each segment beyond the first adds to a verification, with room to spare (test/snapshots/gas.json). */
export const SEGMENT_VERIFICATION_GAS = 260_000;

/** Gas that one transaction may take (EIP-7825). */
export const MAX_TRANSACTION_GAS: number = 2 ** 24;

/** Segments whose proofs one transaction settles, with room for settlement and calldata. */
export const MAX_SETTLED_SEGMENTS = 60;

/** Returns the digest that a segment's proof is bound to, in the place of the statement's. */
export function segmentDigest(statement: Hex, { index, count, joins }: SegmentPlace): Hex {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["bytes32", "bytes32", "uint256", "uint256", "bytes32"],
    [SEGMENT_TYPEHASH, statement, index, count, hashOfWords(joins)],
  );
  return keccak256(encoded) as Hex;
}

/** Returns the id of an ordered list of circuits, which a release names where its model is proven in segments. */
export function segmentsId(circuits: readonly CircuitId[]): CircuitId {
  const encoded = AbiCoder.defaultAbiCoder().encode(
    ["bytes32", "bytes32[]"],
    [SEGMENTS_TAG, circuits],
  );
  return keccak256(encoded) as CircuitId;
}

/** Returns what a release names as its weights where each segment has a commitment of its own. */
export function segmentedWeights(weights: readonly bigint[]): bigint {
  return weights.length === 0 ? 0n : BigInt(hashOfWords(weights)) >> 3n;
}

/** Returns how a circuit declares a join: as its packed words, of which the chain sees the commitment only. */
export function joinTensor(words: number): CircuitTensor {
  return { mode: "committed", elements: words, bits: 253, signed: false };
}

/** Returns the data of zk evidence in segments: words without lengths, whose number follows from the list of circuits. */
export function encodeSegmentedProof({ weights, joins, proofs }: SegmentedProof): Hex {
  const words = [
    ...weights,
    ...joins,
    ...proofs.flatMap(({ commitment, proof }) => [commitment, ...proof]),
  ];
  return concat(words.map(wordToHex)) as Hex;
}

/** Returns the data with which `Groth16Evidence.record` takes one segment's proof. */
export function encodeSegmentRecord(proof: SegmentedProof, index: number): Hex {
  return encodeSegmentedProof({ ...proof, proofs: proof.proofs.slice(index, index + 1) });
}

/** Returns the data of zk evidence all of whose segments were recorded. */
export function encodeRecordedSegments({ joins }: Pick<SegmentedProof, "joins">): Hex {
  return hashOfWords(joins);
}

/**
 * Returns a proof in segments from the data with which `Groth16Evidence.record` took each, in order.
 *
 * @throws {ProtocolError} `EVIDENCE_MALFORMED` for another length than that of so many segments.
 */
export function decodeSegmentRecords(
  records: readonly Hex[],
  circuits: readonly Pick<Circuit, "weights">[],
): SegmentedProof {
  const proofs = records.map((it) => it.slice(-64 * WORDS_A_PROOF));
  const [first = "0x"] = records;
  const shared = first.slice(0, -64 * WORDS_A_PROOF);
  return decodeSegmentedProof(`0x${shared.slice(2)}${proofs.join("")}`, circuits);
}

/**
 * Returns a proof in segments from its data.
 *
 * @throws {ProtocolError} `EVIDENCE_MALFORMED` for another length than that of so many segments.
 */
export function decodeSegmentedProof(
  data: Hex,
  circuits: readonly Pick<Circuit, "weights">[],
): SegmentedProof {
  const count = circuits.length;
  const commitments = circuits[0]?.weights === "committed" ? count : 0;
  const total = commitments + (count - 1) + WORDS_A_PROOF * count;
  if (data.length !== 2 + 64 * total) {
    throw new ProtocolError({
      code: "EVIDENCE_MALFORMED",
      kind: "zk",
      reason: `not ${total} words`,
    });
  }
  const words = Array.from({ length: total }, (_, i) =>
    BigInt(dataSlice(data, 32 * i, 32 * i + 32)),
  );
  const proofs = words.slice(commitments + count - 1);
  return {
    weights: words.slice(0, commitments),
    joins: words.slice(commitments, commitments + count - 1),
    proofs: circuits.map((_, index) => {
      const [commitment = 0n, ...proof] = proofs.slice(
        WORDS_A_PROOF * index,
        WORDS_A_PROOF * (index + 1),
      );
      return { commitment, proof };
    }),
  };
}
