import type { ReleaseCircuit } from "@vouch/protocol";
import { MAX_TRANSACTION_GAS, circuitsOf, wordCount } from "@vouch/protocol";
import { verificationGasOf } from "@vouch/sdk";

/** What proving one receipt to the ledger takes at most. */
export type ProvingCost = { readonly gas: number; readonly bytes: number };

/** Of a receipt without words and proofs: inclusion, policy, statement and a signature with its path (`test/snapshots/ledgerGas.json`). */
const BASE: ProvingCost = { gas: 300_000, bytes: 8_192 };
/** Of a word: its calldata at the floor price (EIP-7623), its hash, and its part of a proof's evaluation. */
const WORD: ProvingCost = { gas: 2_500, bytes: 32 };
/** Of the proof of one circuit, as it is encoded. */
const PROOF_BYTES = 1_024;
/** What nodes take of one transaction. */
const MAX_TRANSACTION_BYTES = 2 ** 17;

/**
 * Returns what the transaction takes that answers a dispute of a receipt with this input.
 *
 * @param isProven whether its policy takes a proof
 */
export function provingCost(
  {
    circuit,
    input,
  }: { readonly circuit: ReleaseCircuit | null; readonly input: readonly bigint[] },
  isProven: boolean,
): ProvingCost {
  // Without a circuit nothing says how long an output is: as long as the input, at a guess.
  const words = input.length + (circuit === null ? input.length : wordCount(circuit.output));
  const circuits = circuit === null || !isProven ? 0 : circuitsOf(circuit).length;
  return {
    gas: BASE.gas + words * WORD.gas + (isProven ? verificationGasOf(circuit) : 0),
    bytes: BASE.bytes + words * WORD.bytes + circuits * PROOF_BYTES,
  };
}

/** Whether a node takes it as one transaction. */
export function fitsTransaction({ gas, bytes }: ProvingCost): boolean {
  return gas <= MAX_TRANSACTION_GAS && bytes <= MAX_TRANSACTION_BYTES;
}
