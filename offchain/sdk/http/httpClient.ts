import { SdkError } from "../errors.ts";

export type HttpClientOptions = {
  readonly base: URL;
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
};

export type HttpRequestParts = {
  readonly method: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON text. */
  readonly body?: string;
};

/** An answer whose head is there. Its body is read once, by one of the two. */
export type HttpReply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: () => Promise<string>;
  /** As it comes, in pieces of any length. */
  readonly chunks: () => AsyncIterable<string>;
};

/**
 * Asks once. A gateway is nowhere else than at its url, so that no redirection is followed.
 *
 * @throws {SdkError} `GATEWAY_UNREACHABLE`, `RESPONSE_TOO_LARGE`, `ABORTED`: so do the readers of the reply's body.
 */
export type HttpClient = (
  resource: string,
  parts: HttpRequestParts,
  signal: AbortSignal | undefined,
) => Promise<HttpReply>;

export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { base, fetch: send, timeoutMs, maxResponseBytes: limit } = options;
  return async (resource, { method, headers = {}, body }, signal) => {
    const idle = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const rest = (): void => {
      clearTimeout(timer);
    };
    const touch = (): void => {
      rest();
      timer = setTimeout(() => {
        idle.abort();
      }, timeoutMs);
    };
    const failure = (error: unknown): SdkError => {
      rest();
      if (error instanceof SdkError) return error;
      if (signal?.aborted === true)
        return new SdkError(
          { code: "ABORTED", what: `asking ${resource}`, sent: true },
          { cause: error },
        );
      const reason = idle.signal.aborted ? `no byte for ${timeoutMs} ms` : wordsOf(error);
      const data = { resource, attempts: 1, reason };
      return new SdkError({ code: "GATEWAY_UNREACHABLE", ...data }, { cause: error });
    };

    async function* chunks(response: Response): AsyncGenerator<string> {
      const body: ReadableStream<Uint8Array> | null = response.body;
      const reader = body?.getReader();
      const decoder = new TextDecoder();
      let bytes = 0;
      try {
        for (;;) {
          touch();
          const next = await reader?.read();
          rest(); // whoever reads may take its time
          if (next?.value === undefined) break;
          bytes += next.value.byteLength;
          if (bytes > limit) throw new SdkError({ code: "RESPONSE_TOO_LARGE", resource, limit });
          yield decoder.decode(next.value, { stream: true });
        }
        yield decoder.decode();
      } catch (error) {
        throw failure(error);
      } finally {
        rest();
        idle.abort(); // whoever reads no further waits for nothing
      }
    }

    touch();
    try {
      const response = await send(new URL(resource.slice(1), base), {
        ...{ method, headers, redirect: "error", cache: "no-store" },
        ...(body === undefined ? {} : { body }),
        signal: signal === undefined ? idle.signal : AbortSignal.any([idle.signal, signal]),
      });
      return {
        ...{ status: response.status, headers: response.headers },
        chunks: () => chunks(response),
        async text() {
          let text = "";
          for await (const piece of chunks(response)) text += piece;
          return text;
        },
      };
    } catch (error) {
      throw failure(error);
    }
  };
}

/** Says what a platform's fetch failed with: the cause says more than "fetch failed". */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? wordsOf(error.cause) : error.message;
}
