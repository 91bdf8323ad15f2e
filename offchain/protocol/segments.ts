import { AbiCoder, concat, dataSlice, id, keccak256 } from "ethers";
import type { Circuit, CircuitTensor } from "./circuit.ts";
import { circuitId } from "./circuit.ts";
import { ProtocolError } from "./errors.ts";
import type { Groth16Proof } from "./evidence.ts";
import { SCALAR_FIELD } from "./field.ts";
import { verifyGroth16 } from "./groth16.ts";
import type { CircuitId, Hex } from "./hex.ts";
import { wordToHex } from "./hex.ts";
import type { Receipt } from "./receipt.ts";
import { releaseId } from "./release.ts";
import { challenge, evaluateWords, hashOfWords, statementDigest } from "./statement.ts";
import { requireCanonicalWords } from "./words.ts";

/** Proof of one statement in parts (docs/statement.md, section 8). */
export type SegmentedProof = {
  /** `W` of each segment; none where the weights are public. */
  readonly weights: readonly bigint[];
  /** Commitments to what passes from each segment to the next: one fewer than there are segments. */
  readonly joins: readonly bigint[];
  /** In the order of the segments. */
  readonly proofs: readonly { readonly commitment: bigint; readonly proof: Groth16Proof }[];
};

/** A receipt whose only evidence is a proof in parts. */
export type SegmentedReceipt = Omit<Receipt, "evidence" | "circuit"> & {
  /** In the order of the release's list. */
  readonly circuits: readonly Circuit[];
  readonly proof: SegmentedProof;
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

/**
 * Verifies that the segments together prove the statement, as `Groth16Evidence` does: every hash is derived here from the
 * words themselves.
 *
 * @throws {ProtocolError} naming what does not hold: `RELEASE_ID_MISMATCH`, `CIRCUIT_ID_MISMATCH`, `SEGMENT_COUNT`,
 * `SEGMENT_INVALID`, `WORD_COUNT`, `WORDS_NOT_CANONICAL`, `INPUT_HASH_MISMATCH`, `OUTPUT_HASH_MISMATCH`,
 * `WEIGHTS_INVALID`, `PROOF_INVALID` (naming the segment's circuit), `KEY_INVALID`.
 */
export function verifySegments(receipt: SegmentedReceipt): void {
  const { domain, statement, input, output, release, circuits, proof } = receipt;
  const derived = releaseId(release);
  if (derived !== statement.release)
    throw new ProtocolError({ code: "RELEASE_ID_MISMATCH", claimed: statement.release, derived });
  const ids = circuits.map(circuitId);
  if (segmentsId(ids) !== release.circuit) {
    const [claimed, found] = [release.circuit, segmentsId(ids)];
    throw new ProtocolError({ code: "CIRCUIT_ID_MISMATCH", claimed, derived: found });
  }
  requireChain(circuits);
  requireCounts(circuits, proof);
  requireWords(receipt);
  if (segmentedWeights(proof.weights) !== release.weights)
    throw new ProtocolError({ code: "WEIGHTS_INVALID", weights: release.weights });

  const digest = statementDigest(domain, statement);
  const place = { count: circuits.length, joins: proof.joins };
  circuits.forEach(({ key }, index) => {
    const { commitment, proof: points } = proof.proofs[index] ?? { commitment: 0n, proof: [] };
    const before = index === 0 ? input : proof.joins.slice(index - 1, index);
    const after = index === circuits.length - 1 ? output : proof.joins.slice(index, index + 1);
    const v = [...proof.weights.slice(index, index + 1), ...before, ...after];
    const z = challenge(commitment, segmentDigest(digest, { ...place, index }));
    const signals = [commitment, z, evaluateWords(v, z)];
    if (commitment >= SCALAR_FIELD || !verifyGroth16(key, points, signals))
      throw new ProtocolError({ code: "PROOF_INVALID", circuit: ids[index] ?? "" });
  });
}

/** What registration demands of a list of circuits: that each takes in what the one before gives out. */
function requireChain(circuits: readonly Circuit[]): void {
  if (circuits.length < 2)
    throw new ProtocolError({ code: "SEGMENT_COUNT", count: circuits.length, expected: 2 });
  circuits.forEach(({ weights, input }, index) => {
    const fail = (reason: string): never => {
      throw new ProtocolError({ code: "SEGMENT_INVALID", index, reason });
    };
    if (weights !== circuits[0]?.weights) fail("its weights are of another kind");
    const before = circuits[index - 1]?.output;
    if (before === undefined) return;
    if (input.mode !== "committed" || !isSameTensor(before, input))
      fail("it does not take in what the one before gives out");
  });
}

function isSameTensor(a: CircuitTensor, b: CircuitTensor): boolean {
  return (
    a.mode === b.mode && a.elements === b.elements && a.bits === b.bits && a.signed === b.signed
  );
}

function requireCounts(circuits: readonly Circuit[], proof: SegmentedProof): void {
  const expected = circuits.length;
  const commitments = circuits[0]?.weights === "committed" ? expected : 0;
  const demand = (count: number, wanted: number): void => {
    if (count !== wanted)
      throw new ProtocolError({ code: "SEGMENT_COUNT", count, expected: wanted });
  };
  demand(proof.proofs.length, expected);
  demand(proof.joins.length, expected - 1);
  demand(proof.weights.length, commitments);
  const below = (words: readonly bigint[], tensor: string): void => {
    const index = words.findIndex((word) => word < 0n || word >= SCALAR_FIELD);
    if (index !== -1) throw new ProtocolError({ code: "WORDS_NOT_CANONICAL", tensor, index });
  };
  below(proof.joins, "joins");
  below(proof.weights, "weights");
}

function requireWords({ statement, input, output, circuits }: SegmentedReceipt): void {
  const [first, last] = [circuits[0], circuits.at(-1)];
  if (first === undefined || last === undefined) return;
  requireCanonicalWords("input", input, first.input);
  requireCanonicalWords("output", output, last.output);
  const [inputHash, outputHash] = [hashOfWords(input), hashOfWords(output)];
  if (inputHash !== statement.inputHash) {
    const claimed = statement.inputHash;
    throw new ProtocolError({ code: "INPUT_HASH_MISMATCH", claimed, derived: inputHash });
  }
  if (outputHash !== statement.outputHash) {
    const claimed = statement.outputHash;
    throw new ProtocolError({ code: "OUTPUT_HASH_MISMATCH", claimed, derived: outputHash });
  }
}
