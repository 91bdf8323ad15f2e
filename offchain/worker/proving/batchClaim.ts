import type { SingleOpening } from "@vouch/compiler";
import { batchOpening, claimWords } from "@vouch/compiler";
import type { CircuitEvidence, CommittedEvidence, Groth16Proof } from "@vouch/protocol";
import { batchCircuitOf, batchDigest } from "@vouch/protocol";
import type { ServedRelease } from "../servedRelease.ts";
import { committedClaim } from "./committedClaim.ts";
import { plainClaim } from "./plainClaim.ts";
import type { ProofClaim } from "./proofClaim.ts";
import type { ProofTask } from "./statementClaims.ts";

/** What one proof of several statements says. */
export type BatchClaim = {
  /** Its digest is that of the batch. */
  readonly claim: ProofClaim;
  readonly evidenceOf: (proof: Groth16Proof) => CircuitEvidence | CommittedEvidence;
};

/** A release that has circuits of several inferences. */
export type BatchingRelease = ProofTask["served"] & Pick<ServedRelease, "batches">;

/**
 * Returns what is to be proven of several statements of one release at once, in their order.
 *
 * @throws {ProtocolError} `BATCH_CIRCUIT_MISSING` where no circuit proves so many; {CompilerError} `SALT_MISSING`.
 */
export function batchClaim(
  served: BatchingRelease,
  tasks: readonly Pick<ProofTask, "digest" | "witness">[],
): BatchClaim {
  const { batches, weightsSalts } = served;
  const circuit = batchCircuitOf(served.circuit, tasks.length);
  const batch = batches.find(({ count }) => count === tasks.length);
  if (batch === undefined) throw new TypeError(`a served release lacks batch ${tasks.length}`);
  const { model, artefacts, weightsBlind } = batch;
  const digest = batchDigest(tasks.map((it) => it.digest));
  const openings = tasks.map(({ witness }): SingleOpening => witness);
  const opening = batchOpening(openings, weightsSalts[0]);
  if (circuit.system === "committedGroth16") {
    const release = { circuit, model, artefacts, weightsBlind };
    return {
      claim: committedClaim(release, opening, digest),
      evidenceOf: (committed) => ({ kind: "zk", committed }),
    };
  }
  const words = claimWords(model, opening);
  return {
    claim: plainClaim({ circuit, model, artefacts }, { opening, ...words }, digest),
    evidenceOf: (proof) => ({ kind: "zk", commitment: words.c, proof }),
  };
}
