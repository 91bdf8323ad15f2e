import type { Contracts, RequestId } from "@vouch/protocol";
import { enumName, REQUEST_STATUSES } from "@vouch/protocol";
import { pause } from "./abort.ts";
import { SdkError } from "./errors.ts";

/** How to wait; `pollIntervalMs` in wall milliseconds. */
export type WaitOptions = { readonly signal: AbortSignal; readonly pollIntervalMs?: number };

/**
 * Returns once the answer to a request is final; what the provider throws passes through.
 *
 * @example
 * await waitForFulfilment(contracts, id, { signal: AbortSignal.timeout(600_000) });
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
    if (status === "cancelled" || status === "expired" || status === "overturned")
      throw new SdkError({ code: "REQUEST_REFUNDED", request });
    if (signal.aborted) throw new SdkError({ code: "WAIT_ABORTED", request });
    await pause(pollIntervalMs, signal);
  }
}
