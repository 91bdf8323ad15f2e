import type { Domain, Hex } from "@vouch/protocol";
import { channelId } from "@vouch/protocol";
import type { PostedBatch, VoucherBatch } from "@vouch/queue";
import type { Logger } from "pino";
import type { ReceiptStore } from "../../answerer.ts";
import type { PaymentFacts, PaymentRecord, PaymentState, PaymentStore } from "../paymentStore.ts";
import type { BatchItem } from "./batchTree.ts";
import { batchItems } from "./batchTree.ts";
import type { ItemRefusal, LedgerChain } from "./ledgerChain.ts";
import { objectionKey } from "./ledgerChain.ts";
import type { Objections } from "./objections.ts";
import type { VoucherStore } from "./voucherStore.ts";

export type WatchOptions = {
  readonly domain: Domain;
  readonly ledger: Hex;
  /** Blocks on top of a posting, or a claim, before it counts. */
  readonly confirmations: number;
  /** Items that are claimed by one transaction. */
  readonly claimItems: number;
};

export type WatchDeps = {
  readonly chain: LedgerChain;
  readonly objections: Objections;
  readonly vouchers: VoucherStore;
  readonly payments: Pick<PaymentStore, "transition">;
  readonly receipts: ReceiptStore;
  readonly onEnded: (record: PaymentRecord) => void;
  readonly log: Logger;
};

/**
 * Looks at a batch, and does what is next: posts it where the chain does not have it, proves what is disputed or objected to, claims
 * what is final, has its bond back. Everything is looked for on the chain first, so that a crash between any two steps, or a
 * reorganisation, leads to the same end.
 */
export async function watchBatch(
  batch: VoucherBatch,
  options: WatchOptions,
  deps: WatchDeps,
): Promise<void> {
  const { chain, vouchers } = deps;
  if (batch.posted === null) {
    const [head, found] = await Promise.all([
      chain.head(),
      chain.find(batch.root, batch.fromBlock),
    ]);
    if (found !== undefined && head.block - found.block >= options.confirmations)
      await vouchers.notePosted(batch.root, found);
    if (found === undefined) await post(batch, deps);
    return;
  }
  await watchPosted(batch, batch.posted, options, deps);
}

/** What the posting sends along was fixed when the batch was sealed; free bond that was spent elsewhere since is topped up. */
async function post(batch: VoucherBatch, { chain, vouchers, log }: WatchDeps): Promise<void> {
  const short = (await chain.missingBond(batch.count)) - batch.bond;
  if (short > 0n) {
    log.warn(
      { batch: batch.root, wei: short },
      "bond of a batch was spent elsewhere: topping it up",
    );
    await chain.fundBond(batch, short);
  }
  if (!(await chain.post(batch))) await vouchers.nextPosting(batch);
}

async function watchPosted(
  batch: VoucherBatch,
  posted: PostedBatch,
  options: WatchOptions,
  deps: WatchDeps,
): Promise<void> {
  const { chain, vouchers, objections } = deps;
  const { domain, ledger, confirmations } = options;
  const [head, state] = await Promise.all([chain.head(), chain.batchAt(posted.batch)]);
  if (state.root !== batch.root) {
    // A reorganisation took it, or gave another batch its number.
    await vouchers.notePosted(batch.root, null);
    return;
  }
  const isSilent = head.time > state.disputableUntil;
  const objected = await objections.since(batch.fromBlock, head.block);
  if (!isSilent && !state.isMarked && objected.size === 0) return;

  const own = { chainId: domain.chainId, ledger };
  const all = batchItems(own, batch, posted.batch, await vouchers.items(batch.root));
  const open = all.filter(({ paid }) => paid.state === "served");
  const paid = await chain.paidIn(posted);
  for (const item of open) {
    const { transaction, block } = paid.get(item.index) ?? {};
    if (transaction !== undefined && block !== undefined && head.block - block >= confirmations)
      await end(item, "captured", { transaction }, deps);
  }
  const unpaid = open.filter(({ index }) => !paid.has(index));
  const marked = state.isMarked ? await chain.markedIn(posted) : NONE;
  const contested = await findContested(unpaid, marked, objected, deps);
  for (const item of contested.toProve) await prove(batch, item, deps);
  await claim(batch, posted, isSilent ? unpaid : contested.all, options, deps);
  if (open.length === 0 && isSilent && state.openDisputes === 0) {
    if (state.bond === 0n) await vouchers.close(batch.root);
    else await chain.releaseBond(batch, posted.batch);
  }
}

const NONE: ReadonlySet<number> = new Set();
const NOTHING: ReadonlyMap<number, unknown> = new Map();

/** What of a batch cannot wait: disputed, proven since, or with a voucher that was objected to. */
async function findContested(
  items: readonly BatchItem[],
  marked: ReadonlySet<number>,
  objected: ReadonlySet<string>,
  { chain }: Pick<WatchDeps, "chain">,
): Promise<{ readonly all: readonly BatchItem[]; readonly toProve: readonly BatchItem[] }> {
  const all: BatchItem[] = [];
  const toProve: BatchItem[] = [];
  for (const item of items) {
    const { voucher, batch } = item.inclusion;
    const isObjected =
      objected.has(objectionKey(channelId(voucher), voucher.nonce)) &&
      (await chain.isObjected(voucher));
    const status = marked.has(item.index) ? await chain.statusOf(batch, item.index) : "undisputed";
    if (!isObjected && status === "undisputed") continue;
    all.push(item);
    if (status === "disputed" || (isObjected && status === "undisputed")) toProve.push(item);
  }
  return { all, toProve };
}

/** Proves one item; what cannot be proven now stops no other. */
async function prove(
  batch: VoucherBatch,
  item: BatchItem,
  { chain, receipts, vouchers, log }: WatchDeps,
): Promise<void> {
  const { id, binding } = item.paid;
  try {
    const answer = await receipts.get(binding.request);
    if (answer === undefined) throw new TypeError("a receipt that was in a batch is gone");
    const { policy } = item.inclusion.voucher.terms;
    if (!(await chain.prove(batch, item, policy, answer.receipt)))
      await vouchers.nextAttempt(batch);
  } catch (error) {
    log.error({ payment: id, request: binding.request, err: error }, "disputed item not proven");
  }
}

/** Claims what the ledger would pay, and ends what it never will. */
async function claim(
  batch: VoucherBatch,
  posted: PostedBatch,
  items: readonly BatchItem[],
  { claimItems }: WatchOptions,
  deps: WatchDeps,
): Promise<void> {
  const { chain, vouchers } = deps;
  const payable: BatchItem[] = [];
  const lost: (readonly [BatchItem, ItemRefusal])[] = [];
  for (const item of items) {
    const refusal = await chain.refusalOf(item);
    if (refusal === "none") payable.push(item);
    else if (await isForGood(refusal, item, deps)) lost.push([item, refusal]);
  }
  // Behind the refusals: a claim that was sent before is mined at any time, and spends the voucher.
  const paid = lost.length === 0 ? NOTHING : await chain.paidIn(posted);
  for (const [item, refusal] of lost)
    if (!paid.has(item.index)) await end(item, "failed", { reason: codeOf(refusal) }, deps);
  for (let start = 0; start < payable.length; start += claimItems)
    await chain.claim(batch, payable.slice(start, start + claimItems));
  // What was mined and not paid is sent anew.
  if (payable.length > 0) await vouchers.nextAttempt(batch);
}

/**
 * What the ledger will never pay. Who tops its deposit up in time is claimed from, and what is not under its root any more is found
 * out by the root, at the next look.
 */
async function isForGood(
  refusal: ItemRefusal,
  { inclusion }: BatchItem,
  { chain }: WatchDeps,
): Promise<boolean> {
  switch (refusal) {
    case "none":
    case "notFinal":
    case "notIncluded":
    case "depositInsufficient":
      return false;
    case "voucherSpent":
      return !(await chain.isObjected(inclusion.voucher));
    case "skipped":
    case "claimPeriodOver":
    case "voucherExpired":
    case "amountTooHigh":
    case "signatureInvalid":
      return true;
  }
}

/** `voucherSpent` is `VOUCHER_SPENT`. */
function codeOf(refusal: ItemRefusal): string {
  return refusal.replace(/(?=[A-Z])/g, "_").toUpperCase();
}

async function end(
  { paid }: BatchItem,
  state: PaymentState,
  facts: PaymentFacts,
  { payments, onEnded }: WatchDeps,
): Promise<void> {
  onEnded(await payments.transition(paid.id, ["served"], state, facts));
}
