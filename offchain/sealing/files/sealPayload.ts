import { randomBytes } from "node:crypto";
import {
  CHUNK_BYTES,
  NONCE_BYTES,
  TAG_BYTES,
  openChunks,
  payloadKey,
  pieces,
  sealChunks,
} from "./payload.ts";
import { SealingError } from "../errors.ts";

type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Seals a stream under a key that whoever opens it has: a nonce, and chunks, as they stand behind the header of an age file.
 *
 * @param key secret; it may seal any number of streams
 */
export async function* sealPayload(plaintext: Bytes, key: Uint8Array): AsyncGenerator<Uint8Array> {
  const nonce = randomBytes(NONCE_BYTES);
  yield nonce;
  const sealChunk = sealChunks(payloadKey(key, nonce));
  for await (const [chunk, isLast] of pieces(plaintext, CHUNK_BYTES))
    yield sealChunk(chunk, isLast);
}

/**
 * Opens what `sealPayload` made, as it comes. Each chunk is what was sealed in its place, or nothing is given; that none is missing is
 * known with the end alone: do not act on the plaintext before it.
 *
 * @throws {SealingError} `SEALED_MALFORMED`.
 */
export async function* unsealPayload(sealed: Bytes, key: Uint8Array): AsyncGenerator<Uint8Array> {
  const body = startingWithNonce(sealed);
  const nonce = (await body.next()).value;
  if (nonce?.length !== NONCE_BYTES)
    throw new SealingError({ code: "SEALED_MALFORMED", reason: "it ends before its payload" });
  const openChunk = openChunks(payloadKey(key, nonce));
  for await (const [chunk, isLast] of pieces(body, CHUNK_BYTES + TAG_BYTES))
    yield openChunk(chunk, isLast);
}

/** Gives the nonce, as much of it as there is, and then what is behind it. */
async function* startingWithNonce(source: Bytes): AsyncGenerator<Uint8Array, undefined> {
  let start: Uint8Array | undefined = new Uint8Array();
  for await (const part of source) {
    if (start === undefined) {
      yield part;
      continue;
    }
    start = Buffer.concat([start, part]);
    if (start.length < NONCE_BYTES) continue;
    yield start.subarray(0, NONCE_BYTES);
    yield start.subarray(NONCE_BYTES);
    start = undefined;
  }
  if (start !== undefined) yield start;
  return undefined;
}
