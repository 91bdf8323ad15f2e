const WORD_BYTES = 32;
const WORD_LIMIT = 1n << 256n;

/** Big-endian words of 32 bytes; `undefined` where a value is negative or wider. */
export function wordsToBytes(words: readonly bigint[]): Uint8Array | undefined {
  if (words.some((it) => it < 0n || it >= WORD_LIMIT)) return undefined;
  return Buffer.from(
    words.map((it) => it.toString(16).padStart(2 * WORD_BYTES, "0")).join(""),
    "hex",
  );
}

/** The inverse of `wordsToBytes`. */
export function bytesToWords(bytes: Uint8Array): readonly bigint[] {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return Array.from({ length: bytes.length / WORD_BYTES }, (_, i) =>
    BigInt(`0x${hex.slice(i * 2 * WORD_BYTES, (i + 1) * 2 * WORD_BYTES)}`),
  );
}
