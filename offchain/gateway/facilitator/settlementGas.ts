import type { Hex } from "@vouch/protocol";
import { MAX_TRANSACTION_GAS } from "@vouch/protocol";
import type { EscrowContracts } from "./escrowFacilitator.ts";

/** Most gas of a settlement, for what nobody who pays can choose and some code of the payer's. */
export const MAX_SETTLEMENT_GAS = 2_000_000n;

/** What a settlement may take. */
export type SettlementGas = {
  readonly limit: bigint;
  /** What the limit is for, as errors say it. */
  readonly action: string;
};

/** Calldata, hashes, checks and the event of one word of a request's input. */
const WORD_GAS = 4_000n;
const WORD_DIGITS = 64;
const SELECTOR_DIGITS = 10;

/**
 * Returns how much gas a settlement may take: of a payer that is a contract, it runs the code. A request that holds its payment takes
 * more by each word of its call, whose number follows from the release that was offered.
 *
 * @param most what a transfer may take
 * @param escrow where requests are made that hold their payment; no other call may take more
 */
export function settlementGas(
  { to, data }: { readonly to: Hex; readonly data: Hex },
  most: bigint,
  escrow: EscrowContracts | undefined,
): SettlementGas {
  const at = to.toLowerCase();
  const isEscrow = at === escrow?.funding.toLowerCase() || at === escrow?.requests.toLowerCase();
  if (!isEscrow) return { limit: most, action: "a transfer" };
  const words = Math.ceil(Math.max(0, data.length - SELECTOR_DIGITS) / WORD_DIGITS);
  const limit = most + BigInt(words) * WORD_GAS;
  const [last, action] = [BigInt(MAX_TRANSACTION_GAS), `an escrowed request of ${words} words`];
  return { limit: limit < last ? limit : last, action };
}
