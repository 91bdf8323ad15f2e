import type { Header } from "./answers.ts";
import type { Asker } from "./asker.ts";
import { broadcast } from "./broadcast.ts";
import { bumped, capped, covers } from "./fees.ts";
import type { Attempt, Entry } from "./journal.ts";
import type { SenderContext, Tracked } from "./senderContext.ts";
import { isCancelled, signAttempt } from "./signAttempt.ts";

/** Wei per gas that the intent's attempts never exceed. */
function capOf({ fees }: SenderContext, { entry }: Tracked): bigint {
  const own = entry.intent.maxFeePerGas ?? fees.maxFeePerGas;
  return own < fees.maxFeePerGas ? own : fees.maxFeePerGas;
}

/**
 * Signs a first attempt, or one that replaces the last, has it in the journal and hands it to the nodes. Does nothing where the
 * cap leaves no room for what would replace the last.
 *
 * @param cancel why the attempt is to do nothing but take the nonce.
 */
export async function attemptEntry(
  context: SenderContext,
  tracked: Tracked,
  asker: Asker,
  head: Header,
  cancel: string | undefined,
): Promise<void> {
  const { settings, signer, journal } = context;
  const { entry } = tracked;
  const cap = capOf(context, tracked);
  const suggested = await context.fees.suggest(asker, head);
  const last = entry.attempts.at(-1);
  const fees = last === undefined ? capped(suggested, cap) : bumped(last.fees, suggested, cap);
  tracked.attemptedAt = head.number;
  if (fees === undefined) return;
  const attempt = await signAttempt(signer, settings.chainId, entry, fees, cancel !== undefined);
  await journal.attempt(entry.intent.key, attempt);
  tracked.entry = { ...entry, attempts: [...entry.attempts, attempt] };
  announce(context, entry, attempt, cancel);
  await handOn(context, tracked);
}

function announce(
  { emit }: SenderContext,
  entry: Entry,
  { hash: txHash }: Attempt,
  cancel: string | undefined,
): void {
  const last = entry.attempts.at(-1);
  const at = { key: entry.intent.key, nonce: entry.nonce, txHash };
  if (cancel !== undefined && (last === undefined || !isCancelled(entry, last)))
    emit({ status: "cancelling", ...at, reason: cancel });
  else emit({ status: last === undefined ? "sent" : "bumped", ...at });
}

/** Hands the last attempt to the nodes, again where it was before. */
async function handOn({ chain, clock, emit }: SenderContext, tracked: Tracked): Promise<void> {
  const { attempts, nonce, intent } = tracked.entry;
  const last = attempts.at(-1);
  if (last === undefined) return;
  tracked.broadcastAt = clock();
  const reply = await broadcast(chain, last.raw);
  const { key } = intent;
  if (reply.status === "put-off" && tracked.reply?.status !== "put-off")
    emit({ status: "put-off", key, nonce, reason: reply.reason });
  if (reply.status === "hopeless" && !isCancelled(tracked.entry, last))
    tracked.refusal ??= reply.reason;
  tracked.reply = reply;
}

/** Makes what an open intent needs now: a first attempt, one that pays more, one that cancels it, or the last again. */
export async function pushEntry(
  context: SenderContext,
  tracked: Tracked,
  asker: Asker,
  head: Header,
  isLowest: boolean,
): Promise<void> {
  const { entry, reply } = tracked;
  const { intent, attempts } = entry;
  const last = attempts.at(-1);
  const isLate = intent.deadline !== undefined && head.timestamp >= intent.deadline;
  const cancel = tracked.refusal ?? (isLate ? "its deadline passed" : undefined);
  const isOverdue =
    reply === undefined || context.clock() - tracked.broadcastAt >= context.settings.resendMs;
  if (
    last === undefined ||
    (cancel !== undefined && !isCancelled(entry, last)) ||
    mustPayMore(context, tracked, last, head, { isLowest, isOverdue })
  ) {
    await attemptEntry(context, tracked, asker, head, cancel);
    if (tracked.entry !== entry) return;
  }
  if (isOverdue || reply.status === "early") await handOn(context, tracked);
}

/** Waited for long enough, and either the next of its account or too cheap for any block. */
function mustPayMore(
  { fees }: SenderContext,
  { attemptedAt, reply }: Tracked,
  last: Attempt,
  head: Header,
  { isLowest, isOverdue }: { readonly isLowest: boolean; readonly isOverdue: boolean },
): boolean {
  const isRefused = reply?.status === "underpriced";
  const isTooCheap = isRefused || !covers(last.fees, head.baseFeePerGas);
  const hasWaited = head.number - attemptedAt >= fees.bumpAfterBlocks;
  return (hasWaited && (isLowest || isTooCheap)) || (isOverdue && isRefused);
}
