import type { SourceReason } from "../errors.ts";
import { SourceRefusal } from "./source.ts";

/** How long a source may be silent, in milliseconds: before its first byte, and between two. */
export const SILENCE_MS = 15_000;

/** As `fetch` takes it, with headers as they are written. */
export type Asking = Omit<RequestInit, "headers" | "signal"> & {
  readonly headers?: Readonly<Record<string, string>>;
};

export type ReadOptions = {
  readonly limit: number;
  readonly silenceMs: number;
  readonly signal: AbortSignal | undefined;
};

/**
 * Asks a server and reads what it says, within a number of bytes and of silence. Its answer is asked for as it is: what unpacks itself is
 * bounded after unpacking, too.
 *
 * @throws {SourceRefusal} `absent` (404, 410), `failed`, `stalled`, `truncated`, `overfull`; the signal's reason.
 */
export async function readResponse(
  url: URL,
  init: Asking,
  { limit, silenceMs, signal }: ReadOptions,
): Promise<Uint8Array> {
  const silence = new AbortController();
  let timer = setTimeout(() => {
    silence.abort();
  }, silenceMs);
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      silence.abort();
    }, silenceMs);
  };
  const signals = [silence.signal, ...(signal === undefined ? [] : [signal])];
  let hasBegun = false;
  try {
    const headers = { "accept-encoding": "identity", ...init.headers };
    const response = await fetch(url, { ...init, headers, signal: AbortSignal.any(signals) });
    heard();
    if (response.status === 404 || response.status === 410) throw new SourceRefusal("absent");
    if (!response.ok || response.body === null) throw new SourceRefusal("failed");
    hasBegun = true;
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of response.body as AsyncIterable<Uint8Array>) {
      heard();
      length += part.length;
      if (length > limit) throw new SourceRefusal("overfull");
      parts.push(part);
    }
    return Buffer.concat(parts);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof SourceRefusal) throw cause;
    throw new SourceRefusal(reasonOf(silence.signal.aborted, hasBegun), { cause });
  } finally {
    clearTimeout(timer);
    silence.abort(); // whatever is still on its way
  }
}

function reasonOf(isSilent: boolean, hasBegun: boolean): SourceReason {
  if (isSilent) return "stalled";
  return hasBegun ? "truncated" : "failed";
}
