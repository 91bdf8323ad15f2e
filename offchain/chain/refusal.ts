import type { RpcRefusal } from "./transport.ts";

/**
 * What a node's refusal means for the call: `answer` is the chain's word and the same everywhere (a revert, a nonce, a bad
 * parameter); `elsewhere` is this node's state, and another may know; `busy` asks for a pause.
 */
export type RefusalKind = "answer" | "elsewhere" | "busy";

const LIMITED_RESULT =
  /returned more than|block range|range is too|response size|too many (?:blocks|results|logs)/i;
const BUSY =
  /rate.?limit|too many requests|exceeded.*(?:capacity|quota|requests|compute)|limit exceeded|daily request/i;
const REVERTED = /revert|execution|out of gas|invalid opcode/i;
const NOT_HERE =
  /header not found|block not found|unknown block|missing trie node|state .*not (?:available|found)|pruned|not synced|syncing|internal error|timed? ?out|temporarily|unavailable|does not exist|not supported|not available|upstream|bad gateway/i;
/** Method not found, internal error, resource not found, resource unavailable, method not supported. */
const NOT_HERE_CODES: ReadonlySet<number> = new Set([-32601, -32603, -32001, -32002, -32004]);

export function refusalKind({ code, message, data }: RpcRefusal): RefusalKind {
  const hasRevertData = typeof data === "string" && data.startsWith("0x");
  if (hasRevertData || code === 3 || REVERTED.test(message)) return "answer";
  if (LIMITED_RESULT.test(message)) return "answer";
  if (code === 429 || BUSY.test(message)) return "busy";
  if (NOT_HERE_CODES.has(code) || NOT_HERE.test(message)) return "elsewhere";
  return "answer";
}

/**
 * The node's words in an error of ethers, or of another provider: the innermost, since what wraps them repeats the call; empty
 * where there are none.
 */
export function refusalText(error: unknown, depth = 0): string {
  if (typeof error !== "object" || error === null || depth > MAX_DEPTH) return "";
  const { message, info, error: inner, cause } = error as Readonly<Record<string, unknown>>;
  const nested = [info, inner, cause].map((it) => refusalText(it, depth + 1));
  return nested.find((it) => it !== "") ?? (typeof message === "string" ? message : "");
}

/** Causes are nested a few deep; a cycle ends here. */
const MAX_DEPTH = 6;
