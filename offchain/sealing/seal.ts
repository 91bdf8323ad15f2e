import { Encrypter } from "age-encryption";
import type { AgeRecipient } from "./ageKeys.ts";
import { SealingError } from "./errors.ts";

/**
 * Seals bytes to recipients as an age file (https://age-encryption.org/v1), which each of them can open alone.
 *
 * @throws {SealingError} `RECIPIENTS_MISSING`, `RECIPIENT_INVALID` where a checksum is wrong.
 */
export async function seal(
  plaintext: Uint8Array,
  recipients: readonly AgeRecipient[],
): Promise<Uint8Array> {
  const encrypter = encrypterTo(recipients);
  return encrypter.encrypt(plaintext);
}

/** @throws {SealingError} `RECIPIENTS_MISSING`, `RECIPIENT_INVALID`. */
export function encrypterTo(recipients: readonly AgeRecipient[]): Encrypter {
  if (recipients.length === 0) throw new SealingError({ code: "RECIPIENTS_MISSING" });
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    try {
      encrypter.addRecipient(recipient);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SealingError({ code: "RECIPIENT_INVALID", reason }, { cause });
    }
  }
  return encrypter;
}
