import type { GatewayOptions, PaymentDeps } from "@vouch/gateway";
import { createLedgerChain, folderRecords, storedVouchers } from "@vouch/gateway";
import type { Hex } from "@vouch/protocol";
import { connectLedger } from "@vouch/protocol";
import type { OpenedDaemon } from "@vouch/worker";
import { journaledSend } from "@vouch/worker";
import type { OperatorConfig } from "../config/operatorConfig.ts";

/** What settles receipts in batches. */
export type Vouchers = {
  readonly options: NonNullable<NonNullable<GatewayOptions["payments"]>["voucher"]>;
  readonly deps: NonNullable<PaymentDeps["voucher"]>;
};

/** What they are settled by: the operator's key and journal, in the worker's hands. */
export type VouchersDeps = Pick<
  OpenedDaemon,
  "contracts" | "deployment" | "home" | "operator" | "provider" | "sender" | "store"
>;

/**
 * Opens what posts, proves and claims by the operator's key, whose deposits they are, through the worker's journal. The worker's sender
 * works for longer than the gateway settles.
 */
export async function openVouchers(
  settings: OperatorConfig["payments"]["voucher"],
  asset: Hex,
  { contracts: { signatures }, deployment, home, operator, provider, sender, store }: VouchersDeps,
): Promise<Vouchers> {
  const ledger = deployment.receiptLedger;
  const contracts = await connectLedger(ledger, provider);
  const chain = createLedgerChain(
    { operator, token: asset },
    { ...contracts, signatures, send: journaledSend(sender, provider) },
  );
  return {
    options: { ...settings, ledger, operator },
    deps: { chain, store: storedVouchers(store.sql), records: folderRecords(home.records) },
  };
}
