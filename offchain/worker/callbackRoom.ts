import { MAX_TRANSACTION_GAS } from "@vouch/protocol";

/** What `ExactGasCall` demands to be left beside 64/63 of the callback's gas. */
const CALL_RESERVE = 30_000;
/** A signature beside the proof, balances that are opened, a policy of many clauses. */
const MARGIN = 150_000;

/**
 * Returns the gas that a callback may take at most in the transaction that settles its request; below zero where not even
 * the settlement fits.
 *
 * @param settlement gas of verification and settlement
 */
export function callbackRoom(settlement: number): number {
  const left = MAX_TRANSACTION_GAS - settlement - MARGIN - CALL_RESERVE;
  return Math.floor((left * 63) / 64);
}
