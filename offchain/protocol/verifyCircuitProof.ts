import { circuitId } from "./circuit.ts";
import { ProtocolError } from "./errors.ts";
import type { CircuitEvidence, CommittedEvidence } from "./evidence.ts";
import { SCALAR_FIELD } from "./field.ts";
import { verifyGroth16 } from "./groth16.ts";
import type { Hex } from "./hex.ts";
import type { SingleCircuit } from "./releaseCircuit.ts";
import { challenge, evaluateWords } from "./statement.ts";
import { verifyCommittedProof } from "./verifyCommittedProof.ts";

/** What a proof of one circuit is about. */
export type ProvenWords = {
  /** Commitment `W` to the weights that the circuit takes; left aside where it holds them. */
  readonly weights: bigint;
  /** Words of inputs and outputs, in the circuit's order, without `W`; of several inferences `batchWords`. */
  readonly words: readonly bigint[];
  /** What the challenge is drawn for: digest of the statement, of its segment or of the batch. */
  readonly digest: Hex;
};

/**
 * Verifies that a proof of one circuit, of either system, proves the words under the digest: public signals are derived from
 * the words; none is taken from the evidence but `c`.
 *
 * @throws {ProtocolError} `PROOF_INVALID`, naming the circuit; `EVIDENCE_MALFORMED` for a proof of the other system;
 * `REGISTRATION_MISSING`, `REGISTRATION_INVALID`, `KEY_INVALID`.
 */
export function verifyCircuitProof(
  evidence: CircuitEvidence | CommittedEvidence,
  proven: ProvenWords,
  circuit: SingleCircuit,
): void {
  if (circuit.system === "committedGroth16") {
    if (!("committed" in evidence)) throw otherSystem();
    verifyCommittedProof(evidence, proven, circuit);
    return;
  }
  if ("committed" in evidence) throw otherSystem();
  const { commitment, proof } = evidence;
  const { weights, words, digest } = proven;
  const v = [...(circuit.weights === "committed" ? [weights] : []), ...words];
  const canonical = commitment >= 0n && commitment < SCALAR_FIELD;
  const z = challenge(canonical ? commitment : 0n, digest);
  if (!canonical || !verifyGroth16(circuit.key, proof, [commitment, z, evaluateWords(v, z)]))
    throw new ProtocolError({ code: "PROOF_INVALID", circuit: circuitId(circuit) });
}

function otherSystem(): ProtocolError {
  const reason = "a proof of another system than the circuit's";
  return new ProtocolError({ code: "EVIDENCE_MALFORMED", kind: "zk", reason });
}
