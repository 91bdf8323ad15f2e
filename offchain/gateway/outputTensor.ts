import type { Receipt } from "@vouch/protocol";
import { dequantizeTensor, unpackWords } from "@vouch/protocol";
import type { Offer } from "./catalog.ts";

/**
 * Returns an output as numbers; `null` where no circuit says how to read its words.
 *
 * @throws {ProtocolError} `WORD_COUNT`, `WORDS_NOT_CANONICAL` for an output that is not in the circuit's encoding.
 */
export function outputTensor({ output }: Receipt, { circuit, release }: Offer): number[] | null {
  if (circuit === null || circuit.output.mode === "committed") return null;
  const elements = unpackWords(output, circuit.output);
  return dequantizeTensor(elements, { fractionBits: release.outputFractionBits });
}
