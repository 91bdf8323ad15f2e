import type { Hex } from "@vouch/protocol";
import type { Earning } from "@vouch/sdk";
import { earningsCalls } from "@vouch/sdk";
import type { Logger } from "pino";
import type { LedgerChain } from "./ledgerChain.ts";
import type { VoucherStore } from "./voucherStore.ts";

export type WithdrawOptions = {
  readonly asset: Hex;
  /** Who gets it. */
  readonly to: Hex;
  /** Smallest units from which it is moved; 0 for never. */
  readonly from: bigint;
};

export type WithdrawDeps = {
  readonly chain: Pick<LedgerChain, "earnedFrom" | "withdraw">;
  readonly vouchers: Pick<VoucherStore, "payers">;
  readonly log: Logger;
};

/** Moves what vouchers paid into the ledger to the payee, where it is enough. */
export async function withdrawEarnings(
  { ledger, asset, to, from }: WithdrawOptions & { readonly ledger: Hex },
  { chain, vouchers, log }: WithdrawDeps,
): Promise<void> {
  if (from === 0n) return;
  const earnings: Earning[] = [];
  for (const requester of await vouchers.payers(ledger, asset)) {
    const earned = await chain.earnedFrom(requester);
    if (earned > 0n) earnings.push({ requester, earned });
  }
  const total = earnings.reduce((sum, { earned }) => sum + earned, 0n);
  if (total < from) return;
  for (const requesters of earningsCalls(earnings)) {
    if (await chain.withdraw(requesters, to)) continue;
    log.warn({ asset, to }, "earnings not withdrawn: a transaction came to nothing");
    return;
  }
  log.info({ asset, to, total }, "earnings withdrawn");
}
