import { availableParallelism } from "node:os";
import type { Addon } from "./addon.ts";
import { NativeError } from "./errors.ts";
import { nativeError } from "./nativeError.ts";

const MAX_THREADS = 64;

/**
 * Runs work of the addon that can be told to stop.
 *
 * @param path what it is about, for an error
 * @throws {NativeError}
 */
export async function withTask<T>(
  addon: Addon,
  path: string,
  signal: AbortSignal | undefined,
  work: (task: number) => Promise<T>,
): Promise<T> {
  if (signal?.aborted === true)
    throw new NativeError({ code: "CANCELLED" }, { cause: signal.reason });
  const task = addon.openTask();
  const cancel = (): void => {
    addon.cancelTask(task);
  };
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    return await work(task);
  } catch (cause) {
    throw nativeError(path, cause);
  } finally {
    signal?.removeEventListener("abort", cancel);
    addon.closeTask(task);
  }
}

/** How many threads work takes: one for each core where nobody says. */
export function threadsOf(threads: number | undefined): number {
  return Math.min(MAX_THREADS, Math.max(1, Math.trunc(threads ?? availableParallelism())));
}
