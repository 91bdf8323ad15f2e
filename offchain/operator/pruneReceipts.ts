import { setTimeout as delay } from "node:timers/promises";
import type { StoredReceipts } from "@vouch/gateway";
import type { Logger } from "pino";

const DAY_SECONDS = 86_400;
const EVERY_MS = 3_600_000;
/** Deleted at once: others use the database meanwhile. */
const BATCH = 500;

/** Asked anew each time: the compiler takes a signal that was not aborted for one that never is. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** Deletes receipts older than `days`, now and once an hour, until `signal` aborts; none where `days` is 0. */
export async function pruneReceipts(
  days: number,
  { receipts, log }: { readonly receipts: Pick<StoredReceipts, "prune">; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  while (days > 0 && !signal.aborted) {
    const before = Math.floor(Date.now() / 1_000) - days * DAY_SECONDS;
    try {
      let isMore = true;
      while (isMore && !isOver(signal)) isMore = (await receipts.prune(before, BATCH)) === BATCH;
    } catch (error) {
      log.warn({ err: error }, "old receipts are not deleted; trying again in an hour");
    }
    await delay(EVERY_MS, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }
}
