import type { ChainReceipt, Header } from "./answers.ts";
import { receiptSchema } from "./answers.ts";
import type { Asker } from "./asker.ts";
import { ask } from "./asker.ts";
import type { BlockRef } from "./blocks.ts";
import { findHeader } from "./blocks.ts";
import { ChainError } from "./errors.ts";
import { findFork } from "./findFork.ts";
import type { Entry, Mined } from "./journal.ts";
import type { MinedReceipt, SenderContext, Tracked } from "./senderContext.ts";
import { minedOf, openOf, report } from "./senderContext.ts";
import { isCancelled } from "./signAttempt.ts";

const AT_ONCE = 8;

/** Returns the receipt of a transaction that is in a block. */
export async function findReceipt(asker: Asker, hash: string): Promise<ChainReceipt | undefined> {
  const params = [hash];
  const found = await ask(asker, receiptSchema.nullable(), "eth_getTransactionReceipt", params);
  return found ?? undefined;
}

/** Records which open intents are in a block, lowest nonce first; behind one that is not, no other can be. */
export async function findMined(context: SenderContext, asker: Asker): Promise<void> {
  const open = openOf(context).filter(({ entry }) => entry.attempts.length > 0);
  for (let first = 0; first < open.length; first += AT_ONCE) {
    const some = open.slice(first, first + AT_ONCE);
    const found = await Promise.all(some.map(({ entry }) => receiptOf(asker, entry)));
    for (const [index, tracked] of some.entries()) {
      const receipt = found[index];
      if (receipt !== undefined) await recordMined(context, tracked, receipt);
    }
    if (found.includes(undefined)) return;
  }
}

/** Records the block that an intent is in, and tells of it the first time. */
async function recordMined(
  { journal, emit, release }: SenderContext,
  tracked: Tracked,
  receipt: ChainReceipt,
): Promise<void> {
  const { intent, nonce } = tracked.entry;
  const mined: Mined = {
    hash: receipt.transactionHash,
    blockNumber: receipt.blockNumber,
    blockHash: receipt.blockHash,
    status: receipt.status ?? 1,
  };
  await journal.mined(intent.key, mined);
  tracked.entry = { ...tracked.entry, mined };
  tracked.receipt = receipt;
  release(intent.key);
  emit({ status: "mined", key: intent.key, nonce, txHash: mined.hash });
}

/** Opens again what a reorganisation took out of the chain, unless the new branch has it as well. */
export async function recheckMined(context: SenderContext, asker: Asker): Promise<void> {
  const mined = minedOf(context);
  const blocks = blocksOf(mined);
  if (blocks.length === 0) return;
  const fork = await findFork(asker, blocks);
  if (fork === undefined || fork === blocks.length - 1) return;
  const last = blocks[fork]?.number ?? -1;
  for (const tracked of mined) {
    if ((tracked.entry.mined?.blockNumber ?? 0) > last) await reopen(context, tracked, asker);
  }
}

async function reopen(context: SenderContext, tracked: Tracked, asker: Asker): Promise<void> {
  const { journal, emit } = context;
  const { intent, nonce } = tracked.entry;
  const receipt = await receiptOf(asker, tracked.entry);
  if (receipt?.blockHash === tracked.entry.mined?.blockHash) return;
  await journal.reopened(intent.key);
  tracked.entry = { ...tracked.entry, mined: undefined };
  tracked.receipt = undefined;
  tracked.broadcastAt = -Infinity;
  emit({ status: "reopened", key: intent.key, nonce });
  if (receipt !== undefined) await recordMined(context, tracked, receipt);
}

/** Reports what has its confirmations, and forgets what is final; the block of each is looked at once more before. */
export async function finishMined(
  context: SenderContext,
  asker: Asker,
  head: Header,
): Promise<void> {
  const { settings, journal, tracked } = context;
  const hashOf = hashReader(asker);
  for (const it of minedOf(context)) {
    const { mined, intent } = it.entry;
    if (mined === undefined) continue;
    const depth = head.number - mined.blockNumber;
    const isDue = it.outcome === undefined && depth >= settings.confirmations;
    const isFinal = depth >= settings.finalityBlocks;
    if (!isDue && !isFinal) continue;
    const hash = await hashOf(mined.blockNumber);
    if (hash === undefined) continue; // a node that is behind
    if (hash !== mined.blockHash) {
      await reopen(context, it, asker);
      continue;
    }
    if (isDue) report(it, outcomeOf(it));
    if (!isFinal) continue;
    await journal.final(intent.key);
    tracked.delete(intent.key);
  }
}

/** What the chain made of an intent, as far as its journal says. */
export function minedReceiptOf(
  entry: Entry,
  mined: Mined,
  receipt: ChainReceipt | undefined,
): MinedReceipt {
  const attempt = entry.attempts.find(({ hash }) => hash === mined.hash);
  const ran = mined.status === 1 ? "succeeded" : "reverted";
  const outcome = attempt !== undefined && isCancelled(entry, attempt) ? "cancelled" : ran;
  return { ...mined, key: entry.intent.key, nonce: entry.nonce, outcome, receipt };
}

function outcomeOf({ entry, receipt, refusal }: Tracked): MinedReceipt | ChainError {
  const { mined, intent } = entry;
  if (mined === undefined) throw new RangeError(`${intent.key} is in no block`);
  const outcome = minedReceiptOf(entry, mined, receipt);
  return outcome.outcome === "cancelled" && refusal !== undefined
    ? new ChainError({ code: "TRANSACTION_REFUSED", key: intent.key, reason: refusal })
    : outcome;
}

/** Whichever attempt was taken counts; the last is the likeliest. */
async function receiptOf(asker: Asker, { attempts }: Entry): Promise<ChainReceipt | undefined> {
  for (const { hash } of attempts.toReversed()) {
    const receipt = await findReceipt(asker, hash);
    if (receipt !== undefined) return receipt;
  }
  return undefined;
}

function blocksOf(mined: readonly Tracked[]): readonly BlockRef[] {
  const byNumber = new Map<number, BlockRef>();
  for (const { entry } of mined) {
    if (entry.mined === undefined) continue;
    const { blockNumber: number, blockHash: hash } = entry.mined;
    byNumber.set(number, { number, hash });
  }
  return [...byNumber.values()].sort((a, b) => a.number - b.number);
}

/** Asks for each block once. */
function hashReader(asker: Asker): (block: number) => Promise<string | undefined> {
  const hashes = new Map<number, Promise<string | undefined>>();
  return (block) => {
    const hash = hashes.get(block) ?? findHeader(asker, block).then((header) => header?.hash);
    hashes.set(block, hash);
    return hash;
  };
}
