import { Buffer } from "node:buffer";
import { AttestationError } from "./errors.ts";

/** What an answer may take. */
export type HttpLimits = { readonly timeoutMs: number; readonly maxBytes: number };

/** An answer with status 200. */
export type HttpAnswer = {
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
};

/**
 * Gets a URL.
 *
 * @throws {AttestationError} `COLLATERAL_UNAVAILABLE`, naming it, with the status where it is not 200, or else what
 * went wrong.
 */
export async function httpGet(
  url: string,
  { timeoutMs, maxBytes }: HttpLimits,
): Promise<HttpAnswer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw unavailable(url, `answered ${response.status}`, { status: response.status });
    }
    return { url, headers: response.headers, body: await readBody(url, response, maxBytes) };
  } catch (cause) {
    if (cause instanceof AttestationError) throw cause;
    const isLate = cause instanceof Error && cause.name === "TimeoutError";
    throw unavailable(url, isLate ? `took more than ${timeoutMs} ms` : "cannot be reached", {
      cause,
    });
  }
}

async function readBody(url: string, { body }: Response, maxBytes: number): Promise<Uint8Array> {
  const stream: AsyncIterable<Uint8Array> | null = body;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream ?? []) {
    length += chunk.length;
    if (length > maxBytes) throw unavailable(url, `sent more than ${maxBytes} bytes`, {});
    chunks.push(chunk);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

function unavailable(
  source: string,
  reason: string,
  { status, cause }: { readonly status?: number; readonly cause?: unknown },
): AttestationError {
  const failure = { code: "COLLATERAL_UNAVAILABLE", source, reason } as const;
  return new AttestationError(status === undefined ? failure : { ...failure, status }, { cause });
}
