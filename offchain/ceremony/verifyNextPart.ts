// The verifier's process loads this: no import of the whole prover.
import { verifyNext } from "@vouch/prover/verifyNext";
import { verifyNextCommitted } from "@vouch/prover/verifyNextCommitted";
import { verifyNextLink } from "@vouch/prover/verifyNextLink";
import type { VerifierTask } from "./openVerifier.ts";

/**
 * Verifies that a part's next file follows from the current one by exactly one contribution with a secret, under the name.
 *
 * @returns the contribution's hash
 * @throws {ProverError} as `verifyNext`, `verifyNextCommitted`, `verifyNextLink`; {ProtocolError} `KEY_INVALID`.
 */
export async function verifyNextPart(task: VerifierTask): Promise<string> {
  const { kind, name, ...keys } = task;
  switch (kind) {
    case "plain":
      return (await verifyNext(keys, name)).hash;
    case "committed":
      return (await verifyNextCommitted(keys, name)).hash;
    case "link": {
      const { inference, weights } = task;
      const linked = { inference: { zkey: inference }, weights: { zkey: weights } };
      return (await verifyNextLink(linked, task, name)).hash;
    }
  }
}
