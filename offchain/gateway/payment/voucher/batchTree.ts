import type { BatchInclusion, LedgerDomain, PaymentId } from "@vouch/protocol";
import { parseVoucherPayment, receiptProof, receiptTree } from "@vouch/protocol";
import type { BatchedVoucher, VoucherBatch } from "@vouch/queue";
import type { PaymentPayload } from "@x402/core/types";
import type { Claimable } from "./ledgerChain.ts";
import type { VoucherStore } from "./voucherStore.ts";

/** An item with what its claim takes. */
export type BatchItem = Claimable & {
  readonly index: number;
  readonly paid: BatchedVoucher<PaymentId>["paid"];
};

/** Returns the items of a posted batch with their paths, by index. */
export function batchItems(
  domain: LedgerDomain,
  { root, count }: VoucherBatch,
  batch: bigint,
  items: readonly BatchedVoucher<PaymentId>[],
): readonly BatchItem[] {
  const tree = receiptTree(items.map(({ leaf }) => leaf));
  return items.map(({ index, paid, outputHash, amount, claimed }) => {
    const { payload } = JSON.parse(paid.binding.terms) as { payload: PaymentPayload };
    const { voucher, signature } = parseVoucherPayment(payload.payload);
    const inclusion: BatchInclusion = {
      ...{ domain, batch, root, count, index, voucher, outputHash, amount, claimed },
      proof: receiptProof(tree, index),
    };
    return { index, paid, inclusion, signature };
  });
}

/** Where a receipt is in a batch, and the content address of its full record where there is one. */
export type BatchPlace = { readonly inclusion: BatchInclusion; readonly record: string | null };

/** Finds where a payment's receipt is; undefined until its batch is posted. */
export async function findPlace(
  payment: PaymentId,
  domain: LedgerDomain,
  vouchers: Pick<VoucherStore, "find" | "items">,
): Promise<BatchPlace | undefined> {
  const batch = await vouchers.find(payment);
  if (batch?.posted == null) return undefined;
  const items = await vouchers.items(batch.root);
  const at = items.findIndex((it) => it.payment === payment);
  const item = batchItems(domain, batch, batch.posted.batch, items)[at];
  return item === undefined
    ? undefined
    : { inclusion: item.inclusion, record: items[at]?.record ?? null };
}
