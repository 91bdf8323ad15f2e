import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers/promises";
import type { EndpointUrl } from "./endpointUrl.ts";
import { ChainError } from "./errors.ts";
import type { Transport } from "./transport.ts";
import { failed, parseAnswer } from "./transport.ts";

/** What one call may take. */
export type TransportLimits = { readonly timeoutMs: number; readonly maxBytes: number };

const DEFAULT_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 300_000;
/** What `fetch` says where the other side had closed the connection. */
const CLOSED: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/**
 * Calls by HTTP, one a request, over connections that are kept. A server closes one that was idle for some seconds, which a process that
 * was busy so long does not see before it has written to it: what ends so is asked once more.
 */
export function httpTransport(
  { name, url, headers }: EndpointUrl,
  { timeoutMs, maxBytes }: TransportLimits,
): Transport {
  const closed = new AbortController();
  let lastId = 0;

  function post(body: string): Promise<Response> {
    return fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body,
      redirect: "error",
      signal: AbortSignal.any([closed.signal, AbortSignal.timeout(timeoutMs)]),
    });
  }

  async function fetchText(body: string): Promise<string> {
    const response = await post(body).catch(async (error: unknown) => {
      if (!CLOSED.has(codeOf(error))) throw error;
      await setImmediate(); // the others that were closed are seen
      return post(body);
    });
    if (response.status === 429) {
      await response.body?.cancel();
      const retryAfterMs = pauseOf(response.headers.get("retry-after"), Date.now());
      throw new ChainError({ code: "ENDPOINT_BUSY", endpoint: name, retryAfterMs });
    }
    const text = await readText(name, response, maxBytes);
    // Some nodes answer a refused call with status 400 or 500 and an answer of JSON-RPC.
    if (!response.ok && !text.startsWith("{"))
      throw failed(name, `answered with status ${response.status}`);
    return text;
  }

  return {
    async ask(method, params) {
      const id = ++lastId;
      try {
        const text = await fetchText(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
        return parseAnswer(name, id, parseJson(name, text));
      } catch (cause) {
        if (cause instanceof ChainError) throw cause;
        const isLate = cause instanceof Error && cause.name === "TimeoutError";
        throw failed(name, isLate ? `took more than ${timeoutMs} ms` : reasonOf(cause), cause);
      }
    },
    close() {
      closed.abort();
    },
  };
}

async function readText(name: string, { body }: Response, maxBytes: number): Promise<string> {
  const stream: AsyncIterable<Uint8Array> | null = body;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw failed(name, `sent more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw failed(name, "its answer is not JSON", cause);
  }
}

/** Milliseconds that a `Retry-After` of seconds or of a date asks for. */
export function pauseOf(retryAfter: string | null, now: number): number {
  if (retryAfter === null) return DEFAULT_PAUSE_MS;
  const seconds = Number(retryAfter);
  const pause = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - now;
  return Number.isFinite(pause) ? Math.min(Math.max(pause, 0), MAX_PAUSE_MS) : DEFAULT_PAUSE_MS;
}

/** The system's code (`ECONNREFUSED`), which says more than fetch's message and repeats no URL. */
function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return typeof code === "string" ? code : "cannot be reached";
}

function codeOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
}
