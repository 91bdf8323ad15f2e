import { findContractError, ProtocolError } from "@vouch/protocol";
import { SdkError } from "../errors.ts";

/** Codes of ethers and of EIP-1193 for what may go well the next time. */
const TRANSIENT_CODES: ReadonlySet<unknown> = new Set([
  ...["NETWORK_ERROR", "SERVER_ERROR", "TIMEOUT"],
  ...["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EPIPE", "UND_ERR_SOCKET"],
  ...[4900, 4901, -32005, 429, 502, 503, 504],
]);
const TRANSIENT_WORDS =
  /fetch failed|failed to fetch|socket hang up|network|timed? ?out|too many requests|rate.?limit|bad gateway|unavailable|header not found|econn/i;
const MAX_DEPTH = 6;

/** Whether an endpoint failed, rather than answered: the same call may go well the next time. */
export function isTransient(error: unknown): boolean {
  if (error instanceof SdkError || error instanceof ProtocolError) return false;
  if (findContractError(error) !== undefined) return false;
  const codes = codesIn(error);
  const words = wordsOf(error);
  // ethers says CALL_EXCEPTION of a call that failed on its way, too: what the node said tells them apart.
  if (codes.some((it) => it === "ACTION_REJECTED" || it === 4001) || /revert/i.test(words))
    return false;
  return codes.some((it) => TRANSIENT_CODES.has(it)) || TRANSIENT_WORDS.test(words);
}

/** Whether an answer is none that a chain with these contracts gives: an empty one, null, or no number. */
export function isMalformed(error: unknown): boolean {
  if (error instanceof SdkError || error instanceof ProtocolError) return false;
  const isShapeless =
    error instanceof TypeError || error instanceof SyntaxError || error instanceof RangeError;
  const codes = codesIn(error);
  if (codes.includes("BAD_DATA") || codes.includes("BUFFER_OVERRUN")) return true;
  return isShapeless && codes.every((it) => it === undefined) && !isTransient(error);
}

/** Whether the chain has seen another transaction under this nonce of the account. */
export function isNonceUsed(error: unknown): boolean {
  return codesIn(error).includes("NONCE_EXPIRED") || /nonce (?:is )?too low/i.test(wordsOf(error));
}

/** Whether the endpoint holds a transaction under this nonce already. */
export function isKnown(error: unknown): boolean {
  return (
    codesIn(error).includes("REPLACEMENT_UNDERPRICED") ||
    /already known|known transaction|already imported/i.test(wordsOf(error))
  );
}

/**
 * Returns what an application can act on in an error of ethers, of a wallet or of a node.
 *
 * @param action what was being done, as an infinitive: `send the request`
 */
export function translateError(error: unknown, action: string): SdkError | ProtocolError {
  if (error instanceof SdkError || error instanceof ProtocolError) return error;
  const refusal = findContractError(error);
  if (refusal !== undefined) {
    const { name, args, remedy } = refusal;
    const reason = `${name}(${args.join(", ")})`;
    const data = { code: "CONTRACT_REFUSED", error: name, args, reason, remedy } as const;
    return new SdkError(data, { cause: error });
  }
  const codes = codesIn(error);
  if (codes.includes("ACTION_REJECTED") || codes.includes(4001))
    return new SdkError({ code: "USER_REJECTED", action }, { cause: error });
  const reason = wordsOf(error);
  if (isTransient(error))
    return new SdkError({ code: "RPC_UNAVAILABLE", attempts: 1, reason }, { cause: error });
  return new SdkError({ code: "TRANSACTION_REFUSED", action, reason }, { cause: error });
}

/** The innermost words: what wraps them repeats the call. */
export function wordsOf(error: unknown, depth = 0): string {
  if (typeof error === "string") return error;
  if (typeof error !== "object" || error === null || depth > MAX_DEPTH) return "";
  const { message, info, error: inner, data, cause } = error as Readonly<Record<string, unknown>>;
  const nested = [info, inner, data, cause].map((it) =>
    typeof it === "object" ? wordsOf(it, depth + 1) : "",
  );
  return nested.find((it) => it !== "") ?? (typeof message === "string" ? message : "");
}

function codesIn(error: unknown, depth = 0): unknown[] {
  if (typeof error !== "object" || error === null || depth > MAX_DEPTH) return [];
  const it = error as Readonly<Record<string, unknown>>;
  const nested = [it["info"], it["error"], it["data"], it["originalError"], it["cause"]];
  return [it["code"], it["status"], ...nested.flatMap((inner) => codesIn(inner, depth + 1))];
}
