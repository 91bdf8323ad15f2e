import { pause, requireGoing } from "../abort.ts";
import { SdkError } from "../errors.ts";
import type { HttpReply } from "./httpClient.ts";
import { refusalOf } from "./refusal.ts";
import { retryAfter } from "./retryAfter.ts";

export type RetryParts = {
  readonly resource: string;
  readonly attempts: number;
  readonly signal: AbortSignal | undefined;
  readonly onRetry: (attempt: number, reason: string) => void;
};

/** Of HTTP, where the same request may go well the next time. */
const TRANSIENT: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);
/** A gateway that wants a longer wait is given up. */
const MAX_WAIT_MS = 10_000;
const FIRST_WAIT_MS = 200;

/**
 * Does `attempt` until it answers, by 200 or 402 alone, or has failed so often: always the same request with the same payment, which
 * the gateway answers once.
 *
 * @param attempt throws `GATEWAY_UNREACHABLE` where it got no answer; a reply has its body unread
 * @throws {SdkError} `GATEWAY_UNREACHABLE`, `GATEWAY_REFUSED`, `ABORTED`.
 */
export async function retried<T>(
  { resource, attempts, signal, onRetry }: RetryParts,
  attempt: () => Promise<HttpReply>,
  read: (reply: HttpReply) => Promise<T> | T,
): Promise<T> {
  for (let count = 1; ; count++) {
    requireGoing(signal, `asking ${resource}`);
    let wait = FIRST_WAIT_MS * 2 ** (count - 1);
    let failure: SdkError;
    try {
      const reply = await attempt();
      if (reply.status === 200 || reply.status === 402) return await read(reply);
      failure = await refusalOf(resource, reply);
      if (!TRANSIENT.has(reply.status)) throw failure;
      wait = Math.max(wait, retryAfter(reply.headers.get("retry-after"), Date.now()));
    } catch (error) {
      if (!(error instanceof SdkError) || error.data.code !== "GATEWAY_UNREACHABLE") throw error;
      failure = new SdkError({ ...error.data, attempts: count }, { cause: error.cause });
    }
    if (count >= attempts || wait > MAX_WAIT_MS) throw failure;
    onRetry(count + 1, failure.message);
    await pause(wait, signal);
  }
}
