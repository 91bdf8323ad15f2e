import type { PaymentId } from "@vouch/protocol";
import { compactReceipt, parseReceipt } from "@vouch/protocol";
import type { Receipts, Sql } from "@vouch/queue";
import { receipts } from "@vouch/queue";
import type { ReceiptStore } from "./answerer.ts";

/** A `ReceiptStore` that forgets: see `Receipts.prune` and `pruneFree`. */
export type StoredReceipts = ReceiptStore &
  Pick<Receipts<PaymentId>, "prune" | "pruneFree"> & {
    /** Characters of receipts that nobody paid for and that were put here. */
    readonly freeWritten: () => number;
  };

/** Keeps receipts in an operator's database (`openStore`), which any number of gateways on PostgreSQL may share. */
export function storedReceipts(sql: Sql): StoredReceipts {
  const { get, put, prune, pruneFree } = receipts<PaymentId>(sql);
  let written = 0;
  return {
    async get(request) {
      const stored = await get(request);
      if (stored === undefined) return undefined;
      const receipt = parseReceipt(JSON.parse(stored.receipt));
      // What a text release answered is in its transcript; a tensor's output is in the receipt itself.
      return { ...stored, receipt, generation: receipt.transcript?.generation ?? null };
    },
    put(request, { receipt, created, payment }) {
      const text = compactReceipt(receipt);
      if (payment === null) written += text.length;
      return put(request, { receipt: text, created, payment });
    },
    prune,
    pruneFree,
    freeWritten: () => written,
  };
}
