import type { Hex, ReceiptLedger } from "@vouch/protocol";
import type { EarningsOf } from "@vouch/sdk";
import { fetchEarnings, withdrawEarnings } from "@vouch/sdk";

export type EarningsAsked = EarningsOf & {
  readonly to: Hex;
  readonly withdraw: boolean;
  readonly json: boolean;
};

/** Prints what is in the ledger for an operator, by requester, after moving it where asked to; the ledger's runner is the operator. */
export async function showEarnings(asked: EarningsAsked, ledger: ReceiptLedger): Promise<void> {
  const { operator, token, to } = asked;
  const earnings = await fetchEarnings(ledger, asked);
  const transactions = asked.withdraw ? await withdrawEarnings(ledger, asked, earnings) : [];
  const total = earnings.reduce((sum, { earned }) => sum + earned, 0n);
  if (asked.json) {
    const rows = earnings.map((it) => ({ ...it, earned: it.earned.toString() }));
    const facts = { operator, token, total: total.toString(), earnings: rows, transactions };
    console.log(JSON.stringify(facts));
    return;
  }
  console.log(`Operator ${operator} earned ${total} by vouchers in ${token}`);
  for (const { requester, earned } of earnings) console.log(`  ${requester}  ${earned}`);
  if (transactions.length > 0) console.log(`  moved to ${to} by ${transactions.join(", ")}`);
  else if (total > 0n) console.log("  --withdraw moves it");
}
