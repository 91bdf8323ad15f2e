import type { CircuitTensor } from "@vouch/protocol";
import { dequantizeTensor, ProtocolError, unpackWords } from "@vouch/protocol";

/** What words stand for, or why that is not to be seen. */
export type DecodedWords =
  | { readonly status: "numbers"; readonly values: readonly number[] }
  | { readonly status: "committed" }
  /** A language model's: hashes of what its transcript has. */
  | { readonly status: "hashes" }
  | { readonly status: "malformed"; readonly reason: string };

/** Returns the numbers that words stand for, by the encoding that the release's circuit has. */
export function decodeWords(
  words: readonly bigint[],
  tensor: CircuitTensor | null,
  fractionBits: number,
): DecodedWords {
  if (tensor === null) return { status: "hashes" };
  if (tensor.mode === "committed") return { status: "committed" };
  try {
    return {
      status: "numbers",
      values: dequantizeTensor(unpackWords(words, tensor), { fractionBits }),
    };
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    return { status: "malformed", reason: cause.message };
  }
}
