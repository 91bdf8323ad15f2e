import type { IntegerGraph } from "../ir/integerGraph.ts";
import { encodeEvm } from "./encodeEvm.ts";
import { evmFrame } from "./evmFrame.ts";
import type { EvmCode } from "./evmInstructions.ts";
import { fuseSumProducts } from "./fuseSumProducts.ts";
import { lowerToEvm, unsupported } from "./lowerToEvm.ts";

/** Code of an account (EIP-170) without the STOP before it. */
export const MAX_PROGRAM_BYTES = 24_575;

/** Addresses and numbers of elements have two bytes. */
const MAX_ELEMENTS = 2 ** 16 - 1;

/** A model that contracts can evaluate. */
export type EvmProgram = {
  /** What `contracts/libraries/IntegerModel.sol` reads. */
  readonly bytes: Uint8Array;
  readonly code: EvmCode;
  /** Elements of its memory. */
  readonly frame: number;
};

/**
 * Emits the program with which `contracts/libraries/IntegerModel.sol` evaluates a graph, bit for bit as `interpret` does.
 * Its weights are part of it: they are public.
 *
 * @throws {CompilerError} `EVM_UNSUPPORTED` for private weights, and for what is too large.
 */
export function evmProgram(graph: IntegerGraph): EvmProgram {
  const code = lowerToEvm(fuseSumProducts(graph));
  const frame = evmFrame(code);
  if (frame.size > MAX_ELEMENTS) {
    unsupported(`it needs ${frame.size} elements of memory, and ${MAX_ELEMENTS} can be addressed`);
  }
  const bytes = encodeEvm(code, frame);
  if (bytes.length > MAX_PROGRAM_BYTES) {
    unsupported(`its program has ${bytes.length} bytes, and an account holds ${MAX_PROGRAM_BYTES}`);
  }
  return { bytes, code, frame: frame.size };
}
