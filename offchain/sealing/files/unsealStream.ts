import type { AgeIdentity } from "../ageKeys.ts";
import { fileKeyOf, headerOf } from "../unseal.ts";
import { unsealPayload } from "./sealPayload.ts";

/** Beyond the limit of `headerOf` it is not worth to read on. */
const MAX_START_BYTES = 512 << 10;

/**
 * Opens a stream that is sealed to `identity`, as it comes. Each chunk is what was sealed in its place, or nothing is given; that none is
 * missing is known with the end alone: do not act on the plaintext before it.
 *
 * @throws {SealingError} `NOT_A_RECIPIENT`, `SEALED_MALFORMED`.
 */
export async function* unsealStream(
  sealed: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  identity: AgeIdentity,
): AsyncGenerator<Uint8Array> {
  const source = iterate(sealed);
  const { header, rest } = await readHeader(source);
  yield* unsealPayload(behind(rest, source), await fileKeyOf(header, identity));
}

/** Opens a stream whole, into memory. */
export async function unsealWhole(
  sealed: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  identity: AgeIdentity,
): Promise<Uint8Array> {
  return collect(unsealStream(sealed, identity));
}

/** Returns a stream's bytes as one. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}

async function readHeader(
  source: AsyncIterator<Uint8Array, undefined>,
): Promise<{ readonly header: Uint8Array; readonly rest: Uint8Array }> {
  let start: Uint8Array = new Uint8Array();
  for (;;) {
    const { value, done } = await source.next();
    if (done !== true) start = Buffer.concat([start, value]);
    // A header may lie across parts; what has none within its limit, or ends before, is no age file.
    try {
      const header = headerOf(start);
      return { header, rest: start.subarray(header.length) };
    } catch (error) {
      if (done === true || start.length > MAX_START_BYTES) throw error;
    }
  }
}

async function* behind(
  rest: Uint8Array,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  yield rest;
  yield* source;
}

async function* iterate(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, undefined> {
  yield* source;
  return undefined;
}
