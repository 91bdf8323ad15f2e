import type { Domain, Hex, LedgerDomain, PaymentId } from "@vouch/protocol";
import {
  itemLeaf,
  packAssurance,
  parseVoucherPayment,
  receiptRoot,
  receiptTree,
} from "@vouch/protocol";
import type { PlannedItem } from "@vouch/queue";
import type { PaymentPayload } from "@x402/core/types";
import type { ReceiptStore } from "../../answerer.ts";
import type { PaymentRecord, PaymentState, PaymentStore } from "../paymentStore.ts";
import { verifyAnswer } from "../verifyAnswer.ts";
import type { LedgerChain } from "./ledgerChain.ts";
import type { VoucherStore } from "./voucherStore.ts";

export type SealOptions = {
  /** Of the receipts. */
  readonly domain: Domain;
  readonly ledger: Hex;
  /** Most receipts of a batch; so many are posted at once. */
  readonly batchItems: number;
  /** Seconds that the oldest waits. */
  readonly batchSeconds: number;
};

export type SealDeps = {
  readonly chain: Pick<LedgerChain, "head" | "missingBond">;
  readonly vouchers: Pick<VoucherStore, "open" | "waiting" | "seal">;
  readonly payments: Pick<PaymentStore, "transition">;
  readonly receipts: ReceiptStore;
  readonly onEnded: (record: PaymentRecord) => void;
};

/**
 * Puts what is served into a batch, where there is enough of it or the oldest waited long enough: from then on, durably, it is of
 * that root and no other. What does not verify is voided instead. One batch waits for its posting at a time, as the bond that is
 * free counts for one.
 *
 * @returns whether a batch was sealed
 */
export async function sealBatch(options: SealOptions, deps: SealDeps): Promise<boolean> {
  const { ledger, batchItems, batchSeconds } = options;
  const { chain, vouchers } = deps;
  const open = await vouchers.open(ledger);
  if (open.some(({ posted }) => posted === null)) return false;
  const { records, seconds } = await vouchers.waiting(ledger, batchItems);
  if (records.length === 0 || (records.length < batchItems && seconds < batchSeconds)) return false;

  const head = await chain.head();
  const items: PlannedItem<PaymentId>[] = [];
  for (const record of records) {
    const item = await itemOf(record, items.length, head.time, options, deps);
    if (item !== undefined) items.push(item);
  }
  if (items.length === 0) return false;
  const root = receiptRoot(receiptTree(items.map(({ leaf }) => leaf)));
  const count = items.length;
  const bond = await chain.missingBond(count);
  await vouchers.seal({ root, ledger, count, bond, note: null, fromBlock: head.block }, items);
  return true;
}

/** Returns the item of a payment; undefined where it ended, for there is nothing to claim for it. */
async function itemOf(
  record: PaymentRecord,
  index: number,
  now: number,
  { domain, ledger }: SealOptions,
  { payments, receipts, onEnded }: SealDeps,
): Promise<PlannedItem<PaymentId> | undefined> {
  const end = async (state: PaymentState, reason: string): Promise<undefined> => {
    onEnded(await payments.transition(record.id, ["served"], state, { reason }));
  };
  if (now > record.binding.validBefore) return end("failed", "EXPIRED");
  const answer = await verifyAnswer(record, domain, receipts);
  if (answer.kind === "unsound") return end("voided", answer.code);
  const own: LedgerDomain = { chainId: domain.chainId, ledger };
  const { payload } = JSON.parse(record.binding.terms) as { payload: PaymentPayload };
  const { voucher } = parseVoucherPayment(payload.payload);
  const { outputHash } = answer.receipt.statement;
  const { amount } = voucher;
  const claimed = packAssurance(answer.verification.assurance);
  const leaf = itemLeaf(own, voucher, { index, outputHash, amount, claimed });
  return { payment: record.id, index, leaf, outputHash, amount, claimed, record: null };
}
