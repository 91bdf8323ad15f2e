import type { Circuit } from "./circuit.ts";
import { circuitId } from "./circuit.ts";
import { ProtocolError } from "./errors.ts";
import type { Groth16Proof, ZkEvidence } from "./evidence.ts";
import { SCALAR_FIELD } from "./field.ts";
import { verifyGroth16 } from "./groth16.ts";
import type { Hex } from "./hex.ts";
import type { Receipt } from "./receipt.ts";
import type { ReleaseCircuit, SegmentedCircuit } from "./releaseCircuit.ts";
import { circuitsOf } from "./releaseCircuit.ts";
import type { SegmentedProof } from "./segments.ts";
import { segmentDigest, segmentedWeights } from "./segments.ts";
import { challenge, evaluateWords } from "./statement.ts";
import { verifyCommittedProof } from "./verifyCommittedProof.ts";

/** The words that a release, an input and an output put into a claim. */
type ClaimedWords = Pick<Receipt, "release" | "input" | "output">;

/** What one proof says: that its prover knew a witness of the circuit for the words `v`, with this digest in mind. */
type Claim = {
  readonly circuit: Circuit;
  readonly v: readonly bigint[];
  readonly digest: Hex;
  readonly commitment: bigint;
  readonly proof: Groth16Proof;
};

/**
 * Verifies that a proof, of one circuit or of every segment, proves the statement, as `Groth16Evidence` does: public
 * signals are derived from the words themselves; none is taken from the evidence but `c`.
 *
 * @param digest the statement's
 * @throws {ProtocolError} `PROOF_INVALID`, naming the circuit; `SEGMENT_COUNT`, `WORDS_NOT_CANONICAL`, `WEIGHTS_INVALID`
 * for what a proof in segments brings along; `REGISTRATION_MISSING`, `REGISTRATION_INVALID` for what a commit-and-prove circuit
 * does; `EVIDENCE_MALFORMED` for a proof of another system; `KEY_INVALID`.
 */
export function verifyProof(
  evidence: ZkEvidence,
  words: ClaimedWords,
  circuit: ReleaseCircuit,
  digest: Hex,
): void {
  if (circuit.system === "committedGroth16") {
    if (!("committed" in evidence)) throw otherSystem();
    verifyCommittedProof(evidence, words, circuit, digest);
    return;
  }
  for (const claim of claimsOf(evidence, words, circuit, digest)) {
    const { commitment, proof, v } = claim;
    const canonical = commitment >= 0n && commitment < SCALAR_FIELD;
    const z = challenge(canonical ? commitment : 0n, claim.digest);
    if (
      !canonical ||
      !verifyGroth16(claim.circuit.key, proof, [commitment, z, evaluateWords(v, z)])
    )
      throw new ProtocolError({ code: "PROOF_INVALID", circuit: circuitId(claim.circuit) });
  }
}

function claimsOf(
  evidence: ZkEvidence,
  words: ClaimedWords,
  circuit: Circuit | SegmentedCircuit,
  digest: Hex,
): readonly Claim[] {
  if (circuit.system === "groth16Segments" && "joins" in evidence)
    return segmentClaims(evidence, words, circuit, digest);
  if (circuit.system === "groth16Segments" || "joins" in evidence) {
    const count = "joins" in evidence ? evidence.proofs.length : 1;
    throw new ProtocolError({ code: "SEGMENT_COUNT", count, expected: circuitsOf(circuit).length });
  }
  if ("committed" in evidence) throw otherSystem();
  const { release, input, output } = words;
  const v = [...(circuit.weights === "committed" ? [release.weights] : []), ...input, ...output];
  return [{ circuit, v, digest, commitment: evidence.commitment, proof: evidence.proof }];
}

function otherSystem(): ProtocolError {
  const reason = "a proof of another system than the circuit's";
  return new ProtocolError({ code: "EVIDENCE_MALFORMED", kind: "zk", reason });
}

/** A join is one word of the evidence: what a segment gives out, and what the next one takes in. */
function segmentClaims(
  { weights, joins, proofs }: SegmentedProof,
  { release, input, output }: ClaimedWords,
  circuit: SegmentedCircuit,
  digest: Hex,
): readonly Claim[] {
  const count = circuit.segments.length;
  requireCount(proofs, count);
  requireWords("joins", joins, count - 1);
  requireWords("weights", weights, circuit.weights === "committed" ? count : 0);
  if (segmentedWeights(weights) !== release.weights)
    throw new ProtocolError({ code: "WEIGHTS_INVALID", weights: release.weights });
  return proofs.flatMap(({ commitment, proof }, index) => {
    const before = index === 0 ? input : joins.slice(index - 1, index);
    const after = index === count - 1 ? output : joins.slice(index, index + 1);
    const v = [...weights.slice(index, index + 1), ...before, ...after];
    const place = { index, count, joins };
    return circuit.segments.slice(index, index + 1).map((of) => {
      return { circuit: of, v, digest: segmentDigest(digest, place), commitment, proof };
    });
  });
}

function requireCount({ length }: readonly unknown[], expected: number): void {
  if (length !== expected)
    throw new ProtocolError({ code: "SEGMENT_COUNT", count: length, expected });
}

function requireWords(tensor: string, words: readonly bigint[], expected: number): void {
  requireCount(words, expected);
  const index = words.findIndex((word) => word < 0n || word >= SCALAR_FIELD);
  if (index !== -1) throw new ProtocolError({ code: "WORDS_NOT_CANONICAL", tensor, index });
}
