import { abortable, pause, requireGoing } from "../abort.ts";
import { SdkError } from "../errors.ts";
import type { RetryOptions } from "./options.ts";
import { isTransient, wordsOf } from "./translateError.ts";

/** Reads the chain, again where its endpoint fails; `what` is said where the signal aborts: `reading the release`. */
export type ReadChain = <T>(
  what: string,
  read: () => Promise<T>,
  signal?: AbortSignal,
) => Promise<T>;

/**
 * Returns what reads a chain whose endpoint fails now and then: only failures of the endpoint are tried again, never an answer.
 *
 * @throws {SdkError} `RPC_UNAVAILABLE` after the last attempt, `ABORTED`; what the chain answers passes through.
 */
export function openReadChain({
  attempts = 4,
  delayMs = 250,
  timeoutMs = 30_000,
}: RetryOptions = {}): ReadChain {
  return async (what, read, signal) => {
    for (let attempt = 1; ; attempt++) {
      requireGoing(signal, what);
      const limit = AbortSignal.timeout(timeoutMs);
      const stop = signal === undefined ? limit : AbortSignal.any([signal, limit]);
      try {
        return await abortable(read(), stop, what);
      } catch (error) {
        requireGoing(signal, what);
        const silent = limit.aborted && error instanceof SdkError && error.code === "ABORTED";
        if (!silent && !isTransient(error)) throw error;
        if (attempt >= attempts) {
          const reason = silent ? `no answer within ${timeoutMs} ms` : wordsOf(error);
          throw new SdkError({ code: "RPC_UNAVAILABLE", attempts, reason }, { cause: error });
        }
        await pause(delayMs * 2 ** (attempt - 1), signal);
      }
    }
  };
}
