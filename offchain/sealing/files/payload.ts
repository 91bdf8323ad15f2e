import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { SealingError } from "../errors.ts";

/** Sizes of age's payload (https://age-encryption.org/v1): chunks of ChaCha20-Poly1305 behind a nonce. */
export const CHUNK_BYTES = 64 << 10;
export const TAG_BYTES = 16;
export const NONCE_BYTES = 16;

const CIPHER = "chacha20-poly1305";
const COUNTER_BYTES = 11;

/** Seals or opens the chunks of one payload, in order. */
export type ChunkCipher = (chunk: Uint8Array, isLast: boolean) => Uint8Array;

/** @param key of the payload, by `payloadKey`; it must not seal a second one */
export function sealChunks(key: Uint8Array): ChunkCipher {
  const nextNonce = nonces();
  return (chunk, isLast) => {
    const cipher = createCipheriv(CIPHER, key, nextNonce(isLast), { authTagLength: TAG_BYTES });
    const body = cipher.update(chunk);
    cipher.final();
    return Buffer.concat([body, cipher.getAuthTag()]);
  };
}

/** A chunk that is not the one that was sealed in its place throws `SEALED_MALFORMED`, and gives nothing. */
export function openChunks(key: Uint8Array): ChunkCipher {
  const nextNonce = nonces();
  let count = 0;
  return (chunk, isLast) => {
    const end = chunk.length - TAG_BYTES;
    // Only a payload of nothing has an empty chunk.
    if (end < 0 || (end === 0 && count > 0)) throw damaged();
    count++;
    const cipher = createDecipheriv(CIPHER, key, nextNonce(isLast), { authTagLength: TAG_BYTES });
    cipher.setAuthTag(chunk.subarray(end));
    const body = cipher.update(chunk.subarray(0, end));
    try {
      cipher.final();
    } catch (cause) {
      throw damaged(cause);
    }
    return body;
  };
}

/** Returns the key of a payload, from the file's key and the nonce in front of the chunks. */
export function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", fileKey, nonce, "payload", 32));
}

/**
 * Cuts a stream into pieces of `bytes`; the last is what is left, and is empty only where there was nothing.
 * Says with each piece whether it is the last.
 */
export async function* pieces(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  bytes: number,
): AsyncGenerator<readonly [piece: Uint8Array, isLast: boolean]> {
  let piece = Buffer.allocUnsafe(bytes);
  let used = 0;
  for await (const part of source) {
    for (let from = 0; from < part.length;) {
      if (used === bytes) {
        yield [piece, false];
        piece = Buffer.allocUnsafe(bytes);
        used = 0;
      }
      const taken = Math.min(bytes - used, part.length - from);
      piece.set(part.subarray(from, from + taken), used);
      used += taken;
      from += taken;
    }
  }
  yield [piece.subarray(0, used), true];
}

/** A counter of 11 bytes, and a byte that says of the last chunk that it is: what is cut off at a chunk's edge is missed. */
function nonces(): (isLast: boolean) => Uint8Array {
  const nonce = new Uint8Array(COUNTER_BYTES + 1);
  let count = 0n;
  return (isLast) => {
    let left = count++;
    for (let i = COUNTER_BYTES - 1; i >= 0; i--, left >>= 8n) nonce[i] = Number(left & 0xffn);
    nonce[COUNTER_BYTES] = isLast ? 1 : 0;
    return nonce;
  };
}

function damaged(cause?: unknown): SealingError {
  const reason = "a chunk was changed, or is not in its place";
  return new SealingError({ code: "SEALED_MALFORMED", reason }, { cause });
}
