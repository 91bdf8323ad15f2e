import { AttestationError } from "../errors.ts";

/** Returns the refusal of one field of a claim, with what is allowed there in words. */
export function refusedClaim(
  field: string,
  claimed: string | number,
  found: string,
): AttestationError {
  return new AttestationError({
    code: "NITRO_CLAIM_REFUSED",
    field,
    claimed: String(claimed),
    found,
  });
}
