import type { AgeRecipient } from "../ageKeys.ts";
import { encrypterTo } from "../seal.ts";
import { NONCE_BYTES, TAG_BYTES } from "./payload.ts";
import { sealPayload } from "./sealPayload.ts";

/**
 * Seals a stream of any length to recipients, as `seal` does: the header is the library's, the chunks are sealed by OpenSSL, which
 * is several times as fast (`npm run bench:sealing`).
 *
 * @throws {SealingError} `RECIPIENTS_MISSING`, `RECIPIENT_INVALID`.
 */
export async function* sealStream(
  plaintext: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  recipients: readonly AgeRecipient[],
): AsyncGenerator<Uint8Array> {
  const { header, fileKey } = await newHeader(recipients);
  yield header;
  yield* sealPayload(plaintext, fileKey);
}

/** Has the library seal nothing, and keeps the header and the key that it drew. */
async function newHeader(
  recipients: readonly AgeRecipient[],
): Promise<{ readonly header: Uint8Array; readonly fileKey: Uint8Array }> {
  let fileKey = new Uint8Array();
  const encrypter = encrypterTo(recipients);
  encrypter.addRecipient({
    wrapFileKey(key) {
      fileKey = Uint8Array.from(key);
      return []; // nobody's: it adds no line to the header
    },
  });
  const empty = await encrypter.encrypt(new Uint8Array());
  return { header: empty.subarray(0, empty.length - NONCE_BYTES - TAG_BYTES), fileKey };
}
