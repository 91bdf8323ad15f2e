import type { Hex, RequestId, StatementProof } from "@vouch/protocol";
import type { ClaimWitness } from "./proveClaim.ts";
import type { ProofTask } from "./proving/statementClaims.ts";
import { createStatementProver } from "./proving/statementProver.ts";

/**
 * Proves that a release gives `witness.output` on `witness.input`, bound to the statement with this digest: by its circuit,
 * or segment by segment, several at a time. Nothing is kept: the joins' salts come from a secret that is new for every proof.
 *
 * @throws {ProverError} where the witness contradicts a circuit.
 */
export function proveStatement(
  served: ProofTask["served"],
  witness: Omit<ClaimWitness, "weightsSalt">,
  digest: Hex,
): Promise<StatementProof> {
  return createStatementProver().prove({ served, witness, digest, request: digest as RequestId });
}
