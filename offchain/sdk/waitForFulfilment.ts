import type { Contracts, RequestId } from "@vouch/protocol";
import { enumName, REQUEST_STATUSES } from "@vouch/protocol";
import { SdkError } from "./errors.ts";

/** How to wait; `pollIntervalMs` in wall milliseconds. */
export type WaitOptions = { readonly signal: AbortSignal; readonly pollIntervalMs?: number };

/**
 * Returns once a request is fulfilled.
 *
 * @throws {SdkError} `REQUEST_NOT_FOUND`, `REQUEST_REFUNDED`, `WAIT_ABORTED`.
 */
export async function waitForFulfilment(
  { requests }: Pick<Contracts, "requests">,
  request: RequestId,
  { signal, pollIntervalMs = 1_000 }: WaitOptions,
): Promise<void> {
  for (;;) {
    const status = enumName(REQUEST_STATUSES, await requests.statusOf(request));
    if (status === "fulfilled") return;
    if (status === "none") throw new SdkError({ code: "REQUEST_NOT_FOUND", request });
    if (status === "refunded") throw new SdkError({ code: "REQUEST_REFUNDED", request });
    if (signal.aborted) throw new SdkError({ code: "WAIT_ABORTED", request });
    await pause(pollIntervalMs, signal);
  }
}

/** Resolves after `ms`, or at once when `signal` aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
