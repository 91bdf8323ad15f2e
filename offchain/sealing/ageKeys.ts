import type { Brand } from "@vouch/protocol";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { SealingError } from "./errors.ts";

/** A public key of age (`age1...`): whoever has it can seal to its holder. */
export type AgeRecipient = string & Brand<"AgeRecipient">;
/** The secret of a recipient (`AGE-SECRET-KEY-1...`). */
export type AgeIdentity = string & Brand<"AgeIdentity">;

// X25519 alone: recipients of age's other kinds are longer, and a signed announcement names its key in full.
const RECIPIENT = /^age1[02-9ac-hj-np-z]{58}$/;
const IDENTITY = /^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$/;

/** @throws {SealingError} `RECIPIENT_INVALID`. */
export function parseRecipient(text: string): AgeRecipient {
  if (!RECIPIENT.test(text))
    throw new SealingError({ code: "RECIPIENT_INVALID", reason: "it is no X25519 key in bech32" });
  return text as AgeRecipient;
}

/** @throws {SealingError} `IDENTITY_INVALID`, without the text: it may be a key. */
export function parseIdentity(text: string): AgeIdentity {
  if (!IDENTITY.test(text)) throw new SealingError({ code: "IDENTITY_INVALID" });
  return text as AgeIdentity;
}

/** Draws an identity from the system's random numbers. */
export async function createIdentity(): Promise<AgeIdentity> {
  return parseIdentity(await generateX25519Identity());
}

/** @throws {SealingError} `IDENTITY_INVALID` where the checksum is wrong. */
export async function recipientOf(identity: AgeIdentity): Promise<AgeRecipient> {
  try {
    return parseRecipient(await identityToRecipient(identity));
  } catch {
    throw new SealingError({ code: "IDENTITY_INVALID" }); // its cause may quote the key
  }
}
