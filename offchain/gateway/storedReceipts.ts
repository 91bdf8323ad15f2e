import type { PaymentId } from "@vouch/protocol";
import { compactReceipt, parseReceipt } from "@vouch/protocol";
import type { Receipts, Sql } from "@vouch/queue";
import { receipts } from "@vouch/queue";
import type { ReceiptStore } from "./answerer.ts";

/** A `ReceiptStore` that forgets: see `Receipts.prune`. */
export type StoredReceipts = ReceiptStore & Pick<Receipts<PaymentId>, "prune">;

/** Keeps receipts in an operator's database (`openStore`), which any number of gateways on PostgreSQL may share. */
export function storedReceipts(sql: Sql): StoredReceipts {
  const { get, put, prune } = receipts<PaymentId>(sql);
  return {
    async get(request) {
      const stored = await get(request);
      if (stored === undefined) return undefined;
      const receipt = parseReceipt(JSON.parse(stored.receipt));
      // What a text release answered is in its transcript; a tensor's output is in the receipt itself.
      return { ...stored, receipt, generation: receipt.transcript?.generation ?? null };
    },
    put: (request, { receipt, created, payment }) =>
      put(request, { receipt: compactReceipt(receipt), created, payment }),
    prune,
  };
}
