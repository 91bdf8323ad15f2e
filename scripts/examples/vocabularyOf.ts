import { concat, toUtf8Bytes } from "ethers";

/** Bytes of a term, as `BagOfWords` has them. */
const TERM_BYTES = 16;

/**
 * The vocabulary of a text model as `MessageBoard` takes it: terms in rising order of their bytes, zeros behind each.
 *
 * @throws {RangeError} For a term of more than 16 bytes.
 */
export function vocabularyOf(terms: readonly string[]): string {
  return concat(
    terms.map((term) => {
      const bytes = toUtf8Bytes(term);
      if (bytes.length > TERM_BYTES) {
        throw new RangeError(`"${term}" has ${bytes.length} bytes; train with terms of 16 at most`);
      }
      const padded = new Uint8Array(TERM_BYTES);
      padded.set(bytes);
      return padded;
    }),
  );
}
