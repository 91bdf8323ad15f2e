import type { IntegerType } from "../ir/integerGraph.ts";

/** A tensor of the frame; instructions write each once. */
export type EvmTensor = number;

/** A tensor's elements from `offset` on. */
export type EvmOperand = { readonly tensor: EvmTensor; readonly offset: number };

/** What an instruction does, by the names of `contracts/libraries/IntegerModel.sol`. */
export type EvmOperation =
  | { readonly op: "load"; readonly values: readonly bigint[]; readonly width: number }
  | { readonly op: "gather" }
  | {
      readonly op: "linear";
      readonly rows: number;
      readonly inputs: number;
      readonly lanes: number;
      readonly bits: number;
      readonly words: readonly bigint[];
    }
  | {
      readonly op: "matmul";
      readonly batches: number;
      readonly rows: number;
      readonly inner: number;
    }
  | { readonly op: "sum" | "maximum"; readonly length: number }
  | {
      readonly op: "rescale";
      readonly multiplier: bigint;
      readonly shift: number;
      readonly type: IntegerType;
      readonly relu: boolean;
    }
  | {
      readonly op: "lookup";
      readonly least: bigint;
      readonly highBits: number;
      readonly lowBits: number;
      readonly width: number;
      /** Base and, where there are low bits, slope, one after the other. */
      readonly entries: readonly bigint[];
    }
  | { readonly op: "multiply"; readonly length: number }
  | { readonly op: "combine"; readonly factors: readonly [bigint, bigint] }
  | { readonly op: "divide"; readonly shift: number }
  | { readonly op: "relu" | "root" | "lessOrEqual" | "equal" | "select" };

/** An operation with what it writes and reads; a gather reads an operand for each element, `undefined` for 0. */
export type EvmInstruction = EvmOperation & {
  readonly output: EvmTensor;
  readonly elements: number;
  readonly reads: readonly (EvmOperand | undefined)[];
};

/** A model as instructions; tensor 0 is the input. */
export type EvmCode = {
  readonly input: { readonly elements: number; readonly type: IntegerType };
  readonly output: EvmOperand & { readonly elements: number; readonly type: IntegerType };
  readonly instructions: readonly EvmInstruction[];
};

export const EVM_INPUT: EvmTensor = 0;

/** Bytes of a word of a `linear`. */
export function wordBytes({ lanes, bits }: { lanes: number; bits: number }): number {
  return Math.ceil((lanes * bits) / 8);
}
