import type { Identity } from "age-encryption";
import { Decrypter } from "age-encryption";
import type { AgeIdentity } from "./ageKeys.ts";
import { SealingError } from "./errors.ts";

/** Of the lists of recipients in front of a payload: more than a thousand of them. */
const MAX_HEADER_BYTES = 256 << 10;
const HEADER_END = /\n--- [A-Za-z0-9+/]{43}\n/;

/**
 * Opens an age file that is sealed to `identity`, whole: what was changed, cut short or continued gives nothing at all.
 *
 * @throws {SealingError} `NOT_A_RECIPIENT`, `SEALED_MALFORMED`.
 */
export async function unseal(sealed: Uint8Array, identity: AgeIdentity): Promise<Uint8Array> {
  headerOf(sealed);
  return opened(identity, (decrypter) => decrypter.decrypt(sealed));
}

/**
 * Returns the key of an age file's payload, from its header.
 *
 * @throws {SealingError} `NOT_A_RECIPIENT`, `SEALED_MALFORMED`.
 */
export async function fileKeyOf(header: Uint8Array, identity: AgeIdentity): Promise<Uint8Array> {
  return opened(identity, (decrypter) => decrypter.decryptHeader(header));
}

/**
 * Returns the header of an age file, up to the end of its line of authentication.
 *
 * @param start of the file: all of its header, or as much as a header may have
 * @throws {SealingError} `SEALED_MALFORMED`.
 */
export function headerOf(start: Uint8Array): Uint8Array {
  const text = new TextDecoder("latin1").decode(start.subarray(0, MAX_HEADER_BYTES));
  const end = HEADER_END.exec(text);
  if (!text.startsWith("age-encryption.org/v1\n") || end === null)
    throw new SealingError({ code: "SEALED_MALFORMED", reason: "it is no age file" });
  return start.subarray(0, end.index + end[0].length);
}

async function opened<T>(
  identity: AgeIdentity,
  open: (decrypter: Decrypter) => Promise<T>,
): Promise<T> {
  const met = { others: false };
  const others: Identity = {
    unwrapFileKey() {
      met.others = true; // asked last: no recipient is the identity's
      return null;
    },
  };
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  decrypter.addIdentity(others);
  try {
    return await open(decrypter);
  } catch (cause) {
    if (met.others) throw new SealingError({ code: "NOT_A_RECIPIENT" });
    const reason = "it was changed or cut short";
    throw new SealingError({ code: "SEALED_MALFORMED", reason }, { cause });
  }
}
