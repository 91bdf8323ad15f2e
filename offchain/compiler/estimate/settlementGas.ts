import type { TensorEncoding } from "@vouch/protocol";
import { wordCount } from "@vouch/protocol";

/** Gas of one inference on-chain, by transaction. */
export type SettlementGas = {
  readonly inputWords: number;
  readonly outputWords: number;
  readonly request: number;
  readonly lock: number;
  /** Answer and proof: verified, settled. */
  readonly fulfil: number;
};

/**
 * A fixed part, and a part for each word of input and output, whose bytes are taken as different from zero. Measured on the
 * optimised contracts with all slots used before; `test/contracts/settlementGas.test.ts` holds them to it.
 */
const GAS = {
  request: { fixed: 115_787, input: 857, output: 0 },
  lock: { fixed: 102_193, input: 524, output: 0 },
  fulfil: { fixed: 344_681, input: 717, output: 972 },
} as const;

/** What EIP-7623 charges for calldata at least; a lock does little else. */
const LOCK_FLOOR = { fixed: 33_600, input: 1_280 } as const;

/** Gas to ask for, lock and settle an inference with a zk proof. */
export function settlementGas(input: TensorEncoding, output: TensorEncoding): SettlementGas {
  const words = { inputWords: wordCount(input), outputWords: wordCount(output) };
  const gas = (step: keyof typeof GAS): number =>
    GAS[step].fixed + GAS[step].input * words.inputWords + GAS[step].output * words.outputWords;
  const floor = LOCK_FLOOR.fixed + LOCK_FLOOR.input * words.inputWords;
  return {
    ...words,
    request: gas("request"),
    lock: Math.max(gas("lock"), floor),
    fulfil: gas("fulfil"),
  };
}
