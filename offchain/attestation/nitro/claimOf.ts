import { readNitro } from "./readNitro.ts";
import type { NitroClaim } from "./requireClaim.ts";
import { verifyNitro } from "./verifyNitro.ts";

/** What an operator and its registrars agree on beside the document. */
export type ClaimedParties = Pick<NitroClaim, "quorum" | "operator" | "key" | "nonceBlock">;

/** `NitroRegistrars.MAX_SPAN`: for how many seconds after its document a key counts at most. */
const MAX_SPAN = 86_400;

/**
 * Returns the claim that a document bears out for as long as it can, so that operator and registrars, who each make it
 * from the same document, need not send it to each other.
 *
 * @param simulatedRoot root certificate (DER) where the document is a simulated one.
 * @throws {AttestationError} as `verifyNitro` at the time when the document was made.
 */
export function claimOf(
  document: Uint8Array,
  parties: ClaimedParties,
  simulatedRoot?: Uint8Array,
): NitroClaim {
  const issuedAt = Math.floor(readNitro(document).timestamp / 1000);
  const simulated = simulatedRoot !== undefined;
  const options = simulated ? { time: issuedAt, root: simulatedRoot } : { time: issuedAt };
  const { registers, notAfter } = verifyNitro(document, options);
  const validTo = Math.min(notAfter, issuedAt + MAX_SPAN);
  return { ...parties, registers, issuedAt, validTo, simulated };
}
