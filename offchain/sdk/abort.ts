import { SdkError } from "./errors.ts";

/** @throws {SdkError} `ABORTED`, naming what was going on, once the signal has aborted. */
export function requireGoing(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted === true)
    throw new SdkError({ code: "ABORTED", what, sent: false }, { cause: signal.reason });
}

/**
 * Returns what `work` does, or rejects as soon as the signal aborts; the work itself goes on unseen.
 *
 * @throws {SdkError} `ABORTED`.
 */
export async function abortable<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  what: string,
): Promise<T> {
  if (signal === undefined) return work;
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = (): void => {
      reject(new SdkError({ code: "ABORTED", what, sent: false }, { cause: signal.reason }));
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener("abort", stop);
  }
}

/** Resolves after `ms`, or at once when `signal` aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(stop, ms);
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop);
  });
}
