import { setTimeout as delay } from "node:timers/promises";

/** Waits so many milliseconds, or until `signal` aborts: that is no error. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
