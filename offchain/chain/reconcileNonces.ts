import type { Header } from "./answers.ts";
import type { PinnedAsker } from "./asker.ts";
import { ChainError } from "./errors.ts";
import type { Intent } from "./intent.ts";
import type { NonceUse } from "./nonceUse.ts";
import { findNonceUse, nonceUseIn, readNonce } from "./nonceUse.ts";
import { refusalText } from "./refusal.ts";
import type { SenderContext, Tracked } from "./senderContext.ts";
import { adopt, openOf } from "./senderContext.ts";

/** What is remembered of the account's nonces from one look to the next. */
export type NonceState = {
  /** Nonces below were in use before this sender began, or are proven to be used. */
  floor: number;
  /** Head when this sender began: what is older is no sign that somebody else signs now. */
  readonly startBlock: number;
  isShared: boolean;
  /** The count that was looked into last, so that one lie is looked into once. */
  suspected: number;
  /** Head at which a gap was first seen. */
  gapSince: { readonly nonce: number; readonly head: number } | undefined;
};

/** Looks that a gap must last, so that a node that is behind is not taken for one. */
const GAP_BLOCKS = 2;
/** Until a nonce is looked for again whose use nobody could show: a look may read as many blocks in full as are searched. */
const UNEXPLAINED_BLOCKS = 8;

/**
 * The account's next nonce as the node counts it, where it can show the transaction that used the one before. A node that has not
 * the state to look for it is believed: what it counts too many is a gap, and is filled.
 *
 * @throws {ChainError} `NONCE_UNPROVEN`.
 */
export async function provenNonce(
  { address, journal, log }: SenderContext,
  asker: PinnedAsker,
  head: number,
): Promise<number> {
  const count = await readNonce(asker, address, head);
  const nonce = count - 1;
  if (count === 0 || (await journal.at(address, nonce)) !== undefined) return count;
  try {
    if ((await findNonceUse(asker, address, nonce, head)) !== undefined) return count;
  } catch (error) {
    if (error instanceof ChainError) throw error;
    log.info({ nonce, reason: refusalText(error) }, "a node cannot show how a nonce was used");
    return count;
  }
  asker.distrust?.("counts more transactions of the account than there are");
  throw new ChainError({ code: "NONCE_UNPROVEN", sender: address, nonce });
}

/**
 * Compares the node's count of transactions with the journal. The count is a hint, never a nonce: what it seems to say is acted
 * upon only where a signature proves it, or where acting upon it is harmless if it is a lie.
 */
export async function reconcileNonces(
  context: SenderContext,
  state: NonceState,
  asker: PinnedAsker,
  head: Header,
): Promise<void> {
  const count = await readNonce(asker, context.address, head.number);
  const lowest = openOf(context)[0];
  if (lowest !== undefined && count > lowest.entry.nonce)
    await checkDisplaced(context, state, lowest, asker, head);
  else if (lowest?.reply?.status === "nonce-used")
    asker.distrust?.("counts fewer transactions of the account than there are");
  await checkForeign(context, state, count, asker, head);
  await checkGap(context, state, count, head);
}

/** The lowest open nonce is used, and none of its attempts has a receipt. */
async function checkDisplaced(
  context: SenderContext,
  state: NonceState,
  tracked: Tracked,
  asker: PinnedAsker,
  head: Header,
): Promise<void> {
  const { address, journal, emit, settings, log } = context;
  const { nonce, intent } = tracked.entry;
  const { displacedBy: before, unexplainedAt = -Infinity } = tracked;
  if (Math.abs(head.number - unexplainedAt) < UNEXPLAINED_BLOCKS) return;
  const use =
    (before && (await nonceUseIn(asker, address, nonce, before.blockNumber))) ??
    (await shownUse(context, asker, nonce, head.number));
  if (use?.isSigned !== true) {
    if (tracked.unexplainedAt === undefined)
      log.warn({ nonce }, "a node counts a nonce as used and cannot show by what");
    tracked.unexplainedAt = head.number;
    return;
  }
  if (tracked.entry.attempts.some(({ hash }) => hash === use.txHash)) return; // its receipt is late
  const known = await journal.at(address, nonce);
  if (known?.attempts.some(({ hash }) => hash === use.txHash) === true) {
    tracked.entry = { ...known, mined: undefined }; // another process of this journal sent it
    return;
  }
  tracked.displacedBy = use;
  if (before?.txHash !== use.txHash)
    emit({ status: "displaced", key: intent.key, nonce, txHash: use.txHash });
  noteForeign(context, state, nonce, use);
  // Until then a reorganisation could give the nonce back, and the intent would run twice.
  if (head.number - use.blockNumber < settings.finalityBlocks) return;
  // Where another process moved it, it may be in a block already: that is looked up, as for all that it sent.
  tracked.entry = { ...(await journal.moved(intent.key, nonce, state.floor)), mined: undefined };
  tracked.displacedBy = undefined;
  tracked.reply = undefined;
}

/** Returns the use of a nonce; undefined where the node cannot show it, which keeps no other transaction. */
async function shownUse(
  { address, log }: SenderContext,
  asker: PinnedAsker,
  nonce: number,
  head: number,
): Promise<NonceUse | undefined> {
  try {
    return await findNonceUse(asker, address, nonce, head);
  } catch (error) {
    if (error instanceof ChainError) throw error;
    log.debug({ nonce, reason: refusalText(error) }, "a node cannot show how a nonce was used");
    return undefined;
  }
}

/** More transactions than this journal knows of. */
async function checkForeign(
  context: SenderContext,
  state: NonceState,
  count: number,
  asker: PinnedAsker,
  head: Header,
): Promise<void> {
  const { address, journal, tracked } = context;
  const known = [...tracked.values()].map(({ entry }) => entry.nonce + 1);
  if (count <= Math.max(state.floor, state.suspected, ...known)) return;
  const nonce = count - 1;
  if ((await journal.at(address, nonce)) === undefined) {
    const use = await shownUse(context, asker, nonce, head.number);
    if (use?.isSigned === true) noteForeign(context, state, nonce, use);
  }
  state.suspected = count;
}

function noteForeign(
  { address, emit }: SenderContext,
  state: NonceState,
  nonce: number,
  { txHash, blockNumber }: NonceUse,
): void {
  state.floor = Math.max(state.floor, nonce + 1);
  if (blockNumber <= state.startBlock || state.isShared) return;
  state.isShared = true;
  const error = new ChainError({ code: "KEY_SHARED", sender: address, nonce, txHash });
  emit({ status: "key-shared", error });
}

/**
 * Open intents wait for a nonce below them that the chain has not used. What the journal has for it is sent again; where it has
 * nothing, a transaction that does nothing takes it. Where the node lies, others refuse it as used: nothing is lost.
 */
async function checkGap(
  context: SenderContext,
  state: NonceState,
  count: number,
  head: Header,
): Promise<void> {
  const { address, journal, emit, tracked, log } = context;
  const lowest = openOf(context)[0]?.entry.nonce;
  const isHeld = [...tracked.values()].some(({ entry }) => entry.nonce === count);
  if (lowest === undefined || count >= lowest || isHeld) {
    state.gapSince = undefined;
    return;
  }
  if (state.gapSince?.nonce !== count) {
    state.gapSince = { nonce: count, head: head.number };
    return;
  }
  if (head.number - state.gapSince.head < GAP_BLOCKS) return;
  state.gapSince = undefined;
  try {
    const entry = await journal.fill(address, fillerOf(address, count), count);
    emit({ status: "gap", nonce: count });
    if (entry.isFinal || entry.mined !== undefined) await journal.reopened(entry.intent.key);
    adopt(context, entry, head.number);
  } catch (error) {
    if (!isReserved(error)) throw error;
    log.warn({ nonce: count }, "a nonce that was used is unused again");
  }
}

const FILLER = "fill";

/** A transaction to oneself that does nothing. */
function fillerOf(sender: Intent["to"], nonce: number): Intent {
  const key = `${FILLER}:${sender}:${nonce}`;
  return { key, to: sender, data: "0x", value: 0n, gasLimit: 21_000n };
}

/** Where the nonce of one that only takes it turns out to be used, there is nothing left to do. */
export async function dropFillers(context: SenderContext): Promise<void> {
  for (const { entry, reply } of openOf(context)) {
    const { key } = entry.intent;
    const isFiller = key.startsWith(`${FILLER}:${entry.sender}:`);
    if (!isFiller || reply?.status !== "nonce-used") continue;
    await context.journal.final(key);
    context.tracked.delete(key);
  }
}

/** A journal of another package has errors of its own. */
function isReserved(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "NONCE_RESERVED";
}
