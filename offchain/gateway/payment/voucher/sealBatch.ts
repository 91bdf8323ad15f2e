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
import type { SettlementMode } from "../../catalog.ts";
import type { RecordStore } from "../../records/recordStore.ts";
import { putRecord, putRecordList } from "../../records/records.ts";
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
  /** `null` where no record is kept. */
  readonly records: RecordStore | null;
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
  const note = await noteOf(root, items, deps.records);
  // Its payer may have objected to a voucher from the moment that it was bound.
  const fromBlock = Math.min(...records.map(({ binding }) => binding.fromBlock));
  await vouchers.seal({ root, ledger, count, bond, note, fromBlock }, items);
  return true;
}

/** Keeps the list of the records, where there are any; returns the hash that the posting carries. */
async function noteOf(
  root: Hex,
  items: readonly PlannedItem<PaymentId>[],
  store: RecordStore | null,
): Promise<Hex | null> {
  const records = items.map(({ record }) => record);
  if (store === null || records.every((it) => it === null)) return null;
  return putRecordList(store, root, records);
}

/** Returns the item of a payment; undefined where it ended, for there is nothing to claim for it. */
async function itemOf(
  record: PaymentRecord,
  index: number,
  now: number,
  { domain, ledger }: SealOptions,
  { payments, receipts, records, onEnded }: SealDeps,
): Promise<PlannedItem<PaymentId> | undefined> {
  const end = async (state: PaymentState, reason: string): Promise<undefined> => {
    onEnded(await payments.transition(record.id, ["served"], state, { reason }));
  };
  if (now > record.binding.validBefore) return end("failed", "EXPIRED");
  const answer = await verifyAnswer(record, domain, receipts);
  if (answer.kind === "unsound") return end("voided", answer.code);
  const own: LedgerDomain = { chainId: domain.chainId, ledger };
  const { payload, requirements } = JSON.parse(record.binding.terms) as {
    payload: PaymentPayload;
    requirements: { extra: { vouch: { settlement: SettlementMode } } };
  };
  const { voucher } = parseVoucherPayment(payload.payload);
  const { outputHash } = answer.receipt.statement;
  const { amount } = voucher;
  const claimed = packAssurance(answer.verification.assurance);
  const leaf = itemLeaf(own, voucher, { index, outputHash, amount, claimed });
  const isRecorded = records !== null && requirements.extra.vouch.settlement === "record";
  const cid = isRecorded ? await putRecord(records, answer.receipt, voucher) : null;
  return { payment: record.id, index, leaf, outputHash, amount, claimed, record: cid };
}
