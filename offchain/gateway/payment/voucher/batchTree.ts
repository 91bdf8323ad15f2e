import type { BatchInclusion, LedgerDomain, PaymentId, ReceiptTree } from "@vouch/protocol";
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
  return items.map((item) => itemIn(tree, { domain, batch, root, count }, item));
}

type Place = Pick<BatchInclusion, "domain" | "batch" | "root" | "count">;

function itemIn(
  tree: ReceiptTree,
  place: Place,
  { index, paid, outputHash, amount, claimed }: BatchedVoucher<PaymentId>,
): BatchItem {
  const { payload } = JSON.parse(paid.binding.terms) as { payload: PaymentPayload };
  const { voucher, signature } = parseVoucherPayment(payload.payload);
  const inclusion: BatchInclusion = {
    ...{ ...place, index, voucher, outputHash, amount, claimed },
    proof: receiptProof(tree, index),
  };
  return { index, paid, inclusion, signature };
}

/** Where a receipt is in a batch, and the content address of its full record where there is one. */
export type BatchPlace = { readonly inclusion: BatchInclusion; readonly record: string | null };

/** Finds where a payment's receipt is; undefined until its batch is posted. */
export async function findPlace(
  payment: PaymentId,
  domain: LedgerDomain,
  vouchers: Pick<VoucherStore, "find" | "leaves">,
): Promise<BatchPlace | undefined> {
  const found = await vouchers.find(payment);
  if (found === undefined) return undefined;
  const { item, batch } = found;
  const { root, count, posted } = batch;
  if (posted === null) return undefined;
  const tree = receiptTree(await vouchers.leaves(root));
  const place = { domain, batch: posted.batch, root, count };
  return { inclusion: itemIn(tree, place, item).inclusion, record: item.record };
}
