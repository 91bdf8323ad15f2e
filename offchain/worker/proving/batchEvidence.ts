import type { CircuitEvidence, CommittedEvidence, Hex, SingleCircuit } from "@vouch/protocol";
import { decodeEvidence, evidenceKindIndex, ProtocolError } from "@vouch/protocol";

/**
 * Returns a proof of several statements from the data with which it is recorded.
 *
 * @param circuit that of as many inferences
 * @throws {ProtocolError} `EVIDENCE_MALFORMED`.
 */
export function batchEvidence(
  circuit: SingleCircuit,
  data: Hex,
): CircuitEvidence | CommittedEvidence {
  const evidence = decodeEvidence({ kind: evidenceKindIndex("zk"), data }, circuit);
  if (evidence.kind === "zk" && !("joins" in evidence)) return evidence;
  const reason = "not the proof of one circuit";
  throw new ProtocolError({ code: "EVIDENCE_MALFORMED", kind: evidence.kind, reason });
}
