import { getAddress, verifyMessage } from "ethers";
import type { Hex } from "@vouch/protocol";
import { CeremonyError } from "./errors.ts";

/** How old a signed request to join may be, and how far ahead of the coordinator's clock, in milliseconds. */
const MAX_AGE = 10 * 60_000;

/** What a participant signs (EIP-191) where a ceremony has a list of who may join. */
export function joinMessage(ceremony: Hex, name: string, issuedAt: string): string {
  return `Join the set-up ceremony ${ceremony}\nas ${JSON.stringify(name)}\nat ${issuedAt}`;
}

/**
 * Returns who signed a request to join, in checksum form.
 *
 * @throws {CeremonyError} `NOT_ALLOWED`.
 */
export function recoverJoiner(
  message: { readonly ceremony: Hex; readonly name: string; readonly issuedAt: string },
  signature: string,
  now: number,
): string {
  const age = now - Date.parse(message.issuedAt);
  if (!(Math.abs(age) <= MAX_AGE)) {
    throw new CeremonyError({ code: "NOT_ALLOWED", reason: "the signature is not of this hour" });
  }
  try {
    const text = joinMessage(message.ceremony, message.name, message.issuedAt);
    return getAddress(verifyMessage(text, signature));
  } catch (cause) {
    throw new CeremonyError({ code: "NOT_ALLOWED", reason: "the signature is none" }, { cause });
  }
}
