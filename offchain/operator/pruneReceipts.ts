import { setTimeout as delay } from "node:timers/promises";
import type { StoredReceipts } from "@vouch/gateway";
import type { Logger } from "pino";

const DAY_SECONDS = 86_400;
const EVERY_MS = 3_600_000;
/** Between looks at what was written. */
const LOOK_MS = 1_000;
/** Part of the free receipts' room that is written until they are pruned. */
const PART = 16;
/** Deleted at once: others use the database meanwhile. */
const BATCH = 500;

/** How long receipts are kept; 0 of either for ever. */
export type KeptReceipts = {
  readonly days: number;
  /** Of those that nobody paid for, as the database keeps them. */
  readonly freeBytes: number;
};

export type PruneDeps = {
  readonly receipts: Pick<StoredReceipts, "prune" | "pruneFree" | "freeWritten">;
  readonly log: Logger;
  /** Milliseconds, and what waits for them to pass; the system's where absent. */
  readonly clock?: {
    readonly now: () => number;
    readonly pass: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  };
};

/** Asked anew each time: the compiler takes a signal that was not aborted for one that never is. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

/**
 * Deletes receipts older than `days`, now and once an hour, and free ones beyond `freeBytes`, whenever a part of that was written,
 * until `signal` aborts.
 */
export async function pruneReceipts(
  { days, freeBytes }: KeptReceipts,
  { receipts, log, clock = { now: Date.now, pass } }: PruneDeps,
  signal: AbortSignal,
): Promise<void> {
  const all = async (deleteSome: () => Promise<number>): Promise<void> => {
    let isMore = true;
    while (isMore && !isOver(signal)) isMore = (await deleteSome()) === BATCH;
  };
  const prune = async (): Promise<void> => {
    const before = Math.floor(Date.now() / 1_000) - days * DAY_SECONDS;
    if (days > 0) await all(() => receipts.prune(before, BATCH));
    if (freeBytes > 0) await all(() => receipts.pruneFree(freeBytes, BATCH));
  };
  let pruned = -Infinity;
  let written = 0;
  while ((days > 0 || freeBytes > 0) && !signal.aborted) {
    const isFuller = freeBytes > 0 && receipts.freeWritten() - written > freeBytes / PART;
    if (isFuller || clock.now() - pruned >= EVERY_MS) {
      [pruned, written] = [clock.now(), receipts.freeWritten()];
      await prune().catch((error: unknown) => {
        log.warn({ err: error }, "receipts are not deleted; trying again in an hour");
      });
    }
    await clock.pass(LOOK_MS, signal);
  }
}

async function pass(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
