import { ProtocolError } from "./errors.ts";
import type { StatementProof } from "./evidence.ts";
import { SCALAR_FIELD } from "./field.ts";
import type { Hex } from "./hex.ts";
import type { Receipt } from "./receipt.ts";
import type { ReleaseCircuit, SegmentedCircuit } from "./releaseCircuit.ts";
import { singleOf } from "./releaseCircuit.ts";
import type { SegmentedProof } from "./segments.ts";
import { segmentDigest, segmentedWeights } from "./segments.ts";
import { verifyCircuitProof } from "./verifyCircuitProof.ts";

/** The words that a release, an input and an output put into a claim. */
type ClaimedWords = Pick<Receipt, "release" | "input" | "output">;

/**
 * Verifies that a proof, of one circuit or of every segment, proves the statement, as `Groth16Evidence` does: public
 * signals are derived from the words themselves; none is taken from the evidence but `c`. A proof of several statements is for
 * `verifyBatchEvidence`.
 *
 * @param digest the statement's
 * @throws {ProtocolError} `PROOF_INVALID`, naming the circuit; `SEGMENT_COUNT`, `WORDS_NOT_CANONICAL`, `WEIGHTS_INVALID`
 * for what a proof in segments brings along; `REGISTRATION_MISSING`, `REGISTRATION_INVALID` for what a commit-and-prove circuit
 * does; `EVIDENCE_MALFORMED` for a proof of another system, or of several statements; `KEY_INVALID`.
 */
export function verifyProof(
  evidence: StatementProof,
  words: ClaimedWords,
  circuit: ReleaseCircuit,
  digest: Hex,
): void {
  if ("batch" in evidence) {
    const reason = "a proof of several statements";
    throw new ProtocolError({ code: "EVIDENCE_MALFORMED", kind: "zk", reason });
  }
  const single = singleOf(circuit);
  if (single.system === "groth16Segments") {
    if (!("joins" in evidence)) throw segmentCount(1, single.segments.length);
    verifySegments(evidence, words, single, digest);
    return;
  }
  if ("joins" in evidence) throw segmentCount(evidence.proofs.length, 1);
  const { release, input, output } = words;
  const proven = { weights: release.weights, words: [...input, ...output], digest };
  verifyCircuitProof(evidence, proven, single);
}

/** A join is one word of the evidence: what a segment gives out, and what the next one takes in. */
function verifySegments(
  { weights, joins, proofs }: SegmentedProof,
  { release, input, output }: ClaimedWords,
  circuit: SegmentedCircuit,
  digest: Hex,
): void {
  const count = circuit.segments.length;
  requireCount(proofs, count);
  requireWords("joins", joins, count - 1);
  requireWords("weights", weights, circuit.weights === "committed" ? count : 0);
  if (segmentedWeights(weights) !== release.weights)
    throw new ProtocolError({ code: "WEIGHTS_INVALID", weights: release.weights });
  for (const [index, of] of circuit.segments.entries()) {
    const before = index === 0 ? input : joins.slice(index - 1, index);
    const after = index === count - 1 ? output : joins.slice(index, index + 1);
    const proven = {
      weights: weights[index] ?? 0n, // none where the circuits hold them
      words: [...before, ...after],
      digest: segmentDigest(digest, { index, count, joins }),
    };
    for (const proof of proofs.slice(index, index + 1))
      verifyCircuitProof({ kind: "zk", ...proof }, proven, of);
  }
}

function segmentCount(count: number, expected: number): ProtocolError {
  return new ProtocolError({ code: "SEGMENT_COUNT", count, expected });
}

function requireCount({ length }: readonly unknown[], expected: number): void {
  if (length !== expected) throw segmentCount(length, expected);
}

function requireWords(tensor: string, words: readonly bigint[], expected: number): void {
  requireCount(words, expected);
  const index = words.findIndex((word) => word < 0n || word >= SCALAR_FIELD);
  if (index !== -1) throw new ProtocolError({ code: "WORDS_NOT_CANONICAL", tensor, index });
}
