import type { Hex } from "@vouch/protocol";
import { parseAddress } from "@vouch/protocol";
import type { PaymentRequirements } from "@x402/core/types";
import type { PaymentBinding, PaymentStore } from "./paymentStore.ts";
import type { PaymentToken } from "./paywall.ts";
import type { PaymentScheme } from "./schemeOf.ts";
import { schemeOf } from "./schemeOf.ts";
import type { VoucherStore } from "./voucher/voucherStore.ts";

/** What settles the payments that are not settled yet, whatever is sold by now. */
export type Owed = {
  readonly schemes: ReadonlySet<PaymentScheme>;
  /** Whom transfers go to. */
  readonly payees: readonly Hex[];
  readonly tokens: readonly PaymentToken[];
};

/**
 * Reads what is owed, or has a batch with a bond: by which schemes, to whom, in which tokens. An operator that changes what it sells
 * and takes still has to settle by these.
 *
 * @param ledger whose batches are looked at
 */
export async function readOwed(
  payments: Pick<PaymentStore, "open">,
  vouchers: Pick<VoucherStore, "open" | "items">,
  ledger: Hex,
): Promise<Owed> {
  const [open, batches] = await Promise.all([payments.open(), vouchers.open(ledger)]);
  const bindings = open.map(({ binding }) => binding);
  for (const { root } of batches) {
    const [first] = await vouchers.items(root); // one after the other: all of two days are many
    if (first !== undefined) bindings.push(first.paid.binding);
  }
  const tokens = new Map(bindings.map((it) => [it.asset, tokenOf(it)]));
  const transfers = bindings.filter((it) => schemeOf(it) === "exact");
  return {
    schemes: new Set(bindings.map(schemeOf)),
    payees: [...new Set(transfers.map(({ payTo }) => payTo))],
    tokens: [...tokens.values()],
  };
}

/** Returns the token that a payment was offered in, as its payer signed for it. */
function tokenOf({ asset, terms }: PaymentBinding): PaymentToken {
  const { requirements } = JSON.parse(terms) as { requirements: PaymentRequirements };
  const { name, version } = requirements.extra;
  return { asset: parseAddress(asset), name: String(name), version: String(version) };
}
