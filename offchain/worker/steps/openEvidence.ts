import type { EncodedEvidence, Evidence, ReleaseCircuit } from "@vouch/protocol";
import {
  batchCircuitOf,
  batchDigest,
  decodeBatchEvidence,
  decodeBatchProof,
  decodeEvidence,
  isBatchPlace,
  ProtocolError,
} from "@vouch/protocol";
import { decodeProvenBatch } from "../proving/keptBatches.ts";
import type { StepDeps } from "./step.ts";

/**
 * Returns evidence from the form in which it is kept; a place in a batch becomes the one proof with all statements.
 *
 * @throws {ProtocolError} `EVIDENCE_MALFORMED`, also where the batch is kept no more; those of `decodeEvidence`.
 */
export async function openEvidence(
  kept: EncodedEvidence,
  circuit: ReleaseCircuit,
  { batches }: Pick<StepDeps, "batches">,
): Promise<Evidence> {
  if (!isBatchPlace(kept)) return decodeEvidence(kept, circuit);
  const { place, digests } = decodeBatchEvidence(kept.data);
  const text = await batches.get(batchDigest(digests));
  const batch = text === undefined ? undefined : decodeProvenBatch(text);
  if (batch === undefined) {
    const reason = "its batch is not kept";
    throw new ProtocolError({ code: "EVIDENCE_MALFORMED", kind: "zk", reason });
  }
  const { statements, data } = batch;
  const proof = decodeBatchProof(data, batchCircuitOf(circuit, digests.length));
  return { ...proof, batch: { place, statements } };
}
