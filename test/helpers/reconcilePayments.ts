import type { PaymentRecord } from "@vouch/gateway";
import { ZeroAddress } from "ethers";
import type { PaidChain } from "./paidChain.ts";
import type { Row } from "./reconcile.ts";

type Parts = Pick<PaidChain, "token" | "payTo" | "provider">;

/** What the payee had before the payments that are reconciled, and the first block in which they can be. */
export type PaymentBooks = { readonly paid: bigint; readonly block: number };

/** Reads what the payee has, before any payment is made. */
export async function openPaymentBooks({ token, payTo, provider }: Parts): Promise<PaymentBooks> {
  return { paid: await token.balanceOf(payTo), block: (await provider.getBlockNumber()) + 1 };
}

/**
 * Compares a gateway's payments with the token's transfers since: each that is captured is one transfer of its amount, each other is
 * none, and the payee has what the captured ones come to.
 */
export async function reconcilePayments(
  payments: readonly PaymentRecord[],
  before: PaymentBooks,
  { token, payTo, provider }: Parts,
): Promise<readonly Row[]> {
  const transfers = await token.queryFilter(token.filters.Transfer(), before.block);
  const toPayee = transfers.filter(
    ({ args: { from, to } }) => from !== ZeroAddress && to.toLowerCase() === payTo,
  );
  const spent = await token.queryFilter(token.filters.AuthorizationUsed(), before.block);
  const captured = payments.filter(({ state }) => state === "captured");
  const nonces = new Set<string>(captured.map(({ binding }) => binding.nonce));
  const named = spent.filter(({ args }) => nonces.has(args.nonce));
  const owed = captured.reduce((sum, { binding }) => sum + binding.amount, 0n);
  const moved = toPayee.reduce((sum, { args }) => sum + args.value, 0n);
  const { paid } = await openPaymentBooks({ token, payTo, provider });
  const count = (values: readonly unknown[]): bigint => BigInt(values.length);
  const rows: readonly [string, bigint, bigint][] = [
    ["payments captured, transfers of them", count(captured), count(named)],
    ["authorizations spent, by no other payment", count(spent), count(named)],
    ["captured by the records, moved by transfers", owed, moved],
    ["captured by the records, in the payee's balance", owed, paid - before.paid],
    [
      "payments still owed",
      0n,
      count(payments.filter(({ state }) => ["verified", "served"].includes(state))),
    ],
  ];
  return rows.map(([what, expected, found]) => ({
    ...{ what, expected, found },
    difference: found - expected,
  }));
}
