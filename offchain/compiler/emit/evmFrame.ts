import type { EvmCode, EvmOperand, EvmTensor } from "./evmInstructions.ts";
import { EVM_INPUT } from "./evmInstructions.ts";

/** Where the input lies: address 0 stays 0. */
const INPUT_ADDRESS = 1;

/** Memory of a program: addresses count elements. */
export type EvmFrame = {
  readonly size: number;
  /** Address of an operand, 0 for none. */
  readonly addressOf: (operand: EvmOperand | undefined) => number;
};

type Block = { readonly tensor: EvmTensor; readonly start: number; readonly end: number };

/**
 * Gives each tensor the first place that is free from the instruction that writes it to the last that reads it. What an
 * instruction writes never overlaps what it reads.
 */
export function evmFrame({ input, output, instructions }: EvmCode): EvmFrame {
  const lastUse = new Map<EvmTensor, number>();
  instructions.forEach(({ output: written, reads }, i) => {
    lastUse.set(written, i);
    for (const it of reads) if (it !== undefined) lastUse.set(it.tensor, i);
  });
  lastUse.set(output.tensor, Infinity);

  const starts = new Map<EvmTensor, number>([[EVM_INPUT, INPUT_ADDRESS]]);
  const inputEnd = INPUT_ADDRESS + input.elements;
  let live: readonly Block[] = [{ tensor: EVM_INPUT, start: INPUT_ADDRESS, end: inputEnd }];
  let size = inputEnd;
  instructions.forEach(({ output: tensor, elements }, i) => {
    const at = live.findIndex(({ start }, k) => start - endBefore(live, k) >= elements);
    const place = at === -1 ? live.length : at;
    const start = endBefore(live, place);
    const block = { tensor, start, end: start + elements };
    starts.set(tensor, start);
    size = Math.max(size, block.end);
    live = live.toSpliced(place, 0, block).filter((it) => (lastUse.get(it.tensor) ?? -1) > i);
  });
  return {
    size,
    addressOf: (operand) =>
      operand === undefined ? 0 : (starts.get(operand.tensor) ?? 0) + operand.offset,
  };
}

/** First address after the block before that one. */
function endBefore(live: readonly Block[], index: number): number {
  return live[index - 1]?.end ?? INPUT_ADDRESS;
}
