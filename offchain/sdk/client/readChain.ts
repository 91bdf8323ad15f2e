import { abortable, pause, requireGoing } from "../abort.ts";
import { SdkError } from "../errors.ts";
import type { ChainAccess } from "./chainAccess.ts";
import type { RetryOptions } from "./options.ts";
import { isMalformed, isTransient, wordsOf } from "./translateError.ts";

/** Reads the chain, again where its endpoint fails; `what` is said where the signal aborts: `reading the release`. */
export type ReadChain = <T>(
  what: string,
  read: () => Promise<T>,
  signal?: AbortSignal,
) => Promise<T>;

/** A chain, and the id that it had. */
export type ExpectedChain = { readonly access: ChainAccess; readonly expected: bigint };

/**
 * Returns what reads a chain whose endpoint fails now and then: only failures of the endpoint are tried again, never an answer.
 *
 * @param chain the one that is read; which it is, is asked again where an answer cannot be one of it
 * @throws {SdkError} `RPC_UNAVAILABLE` after the last attempt, `ABORTED`, `CHAIN_MISMATCH`, `ENDPOINT_INVALID`; what the chain answers
 * passes through.
 */
export function openReadChain(
  { attempts = 4, delayMs = 250, timeoutMs = 30_000 }: RetryOptions = {},
  chain?: ExpectedChain,
): ReadChain {
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
        if (!silent && isMalformed(error))
          throw await whyMalformed(error, what, chain, AbortSignal.timeout(timeoutMs));
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

/** A wallet whose user has changed the chain answers for that one, where the contracts are not. */
async function whyMalformed(
  cause: unknown,
  what: string,
  chain: ExpectedChain | undefined,
  limit: AbortSignal,
): Promise<SdkError> {
  const reason = wordsOf(cause);
  const malformed = new SdkError({ code: "ENDPOINT_INVALID", what, reason }, { cause });
  if (chain === undefined) return malformed;
  // It is malformed, whatever else fails.
  const found = await abortable(chain.access.chainId(), limit, what).catch(() => undefined);
  if (found === undefined || found === chain.expected) return malformed;
  const ids = { expected: [chain.expected.toString()], found: found.toString() };
  return new SdkError({ code: "CHAIN_MISMATCH", ...ids }, { cause });
}
