import { setTimeout as delay } from "node:timers/promises";
import { abortedBy, checkAborted, ExecutionError } from "./errors.ts";

export type CallOptions = {
  readonly backend: string;
  /** Of all attempts together. */
  readonly deadlineMs: number;
  readonly attempts: number;
  /** Whether nobody answered; only then is a call tried again. */
  readonly isConnectionFailure: (error: unknown) => boolean;
};

const FIRST_PAUSE_MS = 50;

/**
 * Calls a server until it answers, or refuses, or there is no attempt or time left.
 *
 * @throws {ExecutionError} `ABORTED`, `BACKEND_TIMEOUT`, `BACKEND_UNREACHABLE`; what `call` throws beside connection failures.
 */
export async function callServer<T>(
  { backend, deadlineMs, attempts, isConnectionFailure }: CallOptions,
  signal: AbortSignal | undefined,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  checkAborted(signal);
  const deadline = AbortSignal.timeout(deadlineMs);
  const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
  for (let attempt = 1; ; attempt++) {
    try {
      return await call(either);
    } catch (error) {
      if (signal?.aborted === true) throw abortedBy(signal);
      if (deadline.aborted)
        throw new ExecutionError(
          { code: "BACKEND_TIMEOUT", backend, deadlineMs },
          { cause: error },
        );
      if (!isConnectionFailure(error)) throw error;
      if (attempt >= attempts)
        throw new ExecutionError(
          { code: "BACKEND_UNREACHABLE", backend, attempts },
          { cause: error },
        );
    }
    // An abort shows in the next attempt.
    await delay(FIRST_PAUSE_MS * 2 ** (attempt - 1), undefined, { signal: either }).catch(
      () => undefined,
    );
  }
}
