import { joinTensor } from "@vouch/protocol";
import type { CircuitTensor } from "@vouch/protocol";
import type { ClaimEncoding } from "../emit/joinEncoding.ts";
import { packWords } from "../emit/templates.ts";
import { elementsOf } from "../ir/shape.ts";

/** Returns how a circuit declares on-chain what it takes in or gives out. */
export function circuitTensor(encoding: ClaimEncoding): CircuitTensor {
  if (encoding.mode === "join") {
    const tensors = encoding.tensors.map(({ shape, type }) => ({
      ...type,
      elements: elementsOf(shape),
    }));
    return joinTensor(packWords(tensors).words);
  }
  const { mode, elements, bits, signed } = encoding;
  return { mode, elements, bits, signed };
}
