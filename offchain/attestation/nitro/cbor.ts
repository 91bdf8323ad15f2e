import type { DecodeOptions } from "cborg";
import { Tokenizer, decode } from "cborg";
import { AttestationError } from "../errors.ts";

const STRICT: DecodeOptions = {
  strict: true,
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowUndefined: false,
};

/** Reads items whose lengths are all stated, but for a map around all of them, as AWS writes it. */
class OpenMapTokenizer extends Tokenizer {
  override next(): ReturnType<Tokenizer["next"]> {
    const start = this.pos();
    const token = super.next();
    if (token.value === Infinity && (start !== 0 || token.type.name !== "map")) {
      throw new Error("an item inside does not state its length");
    }
    return token;
  }
}

/**
 * Reads one CBOR item: numbers and lengths in their shortest form, no key twice, no bytes behind the end, no tags.
 *
 * @param field what it is, for the error.
 * @param form whether every length is stated, or that of an outermost map may be left open.
 * @throws {AttestationError} `NITRO_MALFORMED`.
 */
export function decodeCbor(bytes: Uint8Array, field: string, form: "closed" | "openMap"): unknown {
  try {
    return form === "closed"
      ? decode(bytes, { ...STRICT, allowIndefinite: false })
      : decode(bytes, { ...STRICT, tokenizer: new OpenMapTokenizer(bytes, STRICT) });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AttestationError(
      { code: "NITRO_MALFORMED", field, reason: `is not the CBOR that it should be: ${why}` },
      { cause },
    );
  }
}
