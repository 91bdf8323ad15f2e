import type { Hex, Receipt } from "@vouch/protocol";
import { dequantizeTensor, unpackWords, wordToHex } from "@vouch/protocol";
import type { Offer } from "./catalog.ts";

/** An output as words, and as numbers where the release's circuit says how to read them. */
export type OutputTensor = {
  readonly words: readonly Hex[];
  readonly tensor: readonly number[] | null;
};

/** @throws {ProtocolError} `WORD_COUNT`, `WORDS_NOT_CANONICAL` for an output that is not in the circuit's encoding. */
export function outputTensor({ output }: Receipt, { circuit, release }: Offer): OutputTensor {
  const words = output.map(wordToHex);
  if (circuit === null || circuit.output.mode === "committed") return { words, tensor: null };
  const elements = unpackWords(output, circuit.output);
  const tensor = dequantizeTensor(elements, { fractionBits: release.outputFractionBits });
  return { words, tensor };
}
