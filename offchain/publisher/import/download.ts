import type { IncomingMessage } from "node:http";
import { PublisherError } from "../errors.ts";
import { bodyOf } from "./bodyOf.ts";
import { downloadFailed } from "./networkFailure.ts";
import type { OpenOptions } from "./openUrl.ts";
import { openUrl } from "./openUrl.ts";
import type { Expected, Saved, Sink } from "./openSink.ts";
import { openSink } from "./openSink.ts";
import { withTries } from "./withTries.ts";

export type DownloadOptions = Omit<OpenOptions, "headers"> & {
  /** What came of how much, where the server says that. */
  readonly onBytes?: (bytes: number, total: number | undefined) => void;
};

/** What is known of a file whose download broke off. */
type Begun = { readonly etag: string; readonly total: number | undefined };

/** `bytes 10-99/100` */
const CONTENT_RANGE = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/;
/** A weak one does not promise the same bytes. */
const STRONG_ETAG = /^"[\x21\x23-\x7e]*"$/;

/**
 * Downloads a file to `target`, which is not there yet. Where the connection breaks it goes on from there, as long as the server
 * shows by a strong entity tag that it is the same file; else from the beginning.
 *
 * @throws {PublisherError} `DOWNLOAD_FAILED`, `DOWNLOAD_REFUSED`, `REDIRECT_REFUSED`, `IMPORT_TOO_LARGE`, `IMPORT_ABORTED`, and
 * what `expected.inspect` throws.
 */
export async function download(
  url: URL,
  target: string,
  expected: Expected,
  options: DownloadOptions,
): Promise<Saved> {
  const sink = await openSink(target, expected);
  let begun: Begun | undefined;
  try {
    return await withTries(options.network, options.signal, async () => {
      const response = await openUrl(url, { ...options, headers: rangeOf(sink, begun) });
      try {
        begun = await accept(url, response, sink, begun);
      } catch (error) {
        response.destroy();
        throw error;
      }
      const { total } = begun;
      if (total !== undefined && total > expected.limit) {
        response.destroy();
        const { label: path, limit } = expected;
        throw new PublisherError({ code: "IMPORT_TOO_LARGE", path, limit });
      }
      for await (const chunk of bodyOf(response, url, options)) {
        await sink.write(chunk);
        options.onBytes?.(sink.bytes(), total);
      }
      if (total !== undefined && sink.bytes() !== total)
        throw downloadFailed(url, `${sink.bytes()} of ${total} bytes came`);
      return sink.finish();
    });
  } finally {
    await sink.close();
  }
}

function rangeOf(sink: Sink, begun: Begun | undefined): Readonly<Record<string, string>> {
  if (begun === undefined || begun.etag === "" || sink.bytes() === 0) return {};
  return { range: `bytes=${sink.bytes()}-`, "if-range": begun.etag };
}

/** Decides whether an answer goes on where the last one broke off, or begins again. */
async function accept(
  url: URL,
  { statusCode, headers }: IncomingMessage,
  sink: Sink,
  begun: Begun | undefined,
): Promise<Begun> {
  const { "content-encoding": encoding = "identity", etag = "" } = headers;
  if (encoding !== "identity")
    throw downloadFailed(url, "its server compresses what was not to be");
  if (statusCode === 200) {
    if (sink.bytes() > 0) await sink.restart();
    return { etag: STRONG_ETAG.test(etag) ? etag : "", total: lengthOf(url, headers) };
  }
  const [, start, end, total] = CONTENT_RANGE.exec(headers["content-range"] ?? "") ?? [];
  const goesOn =
    statusCode === 206 &&
    begun !== undefined &&
    etag === begun.etag &&
    Number(start) === sink.bytes() &&
    Number(end) === Number(total) - 1 &&
    (begun.total === undefined || Number(total) === begun.total);
  if (goesOn) return { etag, total: Number(total) };
  await sink.restart();
  throw downloadFailed(url, "its server does not go on where it broke off");
}

/** What has no length has to have an end that can be told from a broken connection. */
function lengthOf(url: URL, headers: IncomingMessage["headers"]): number | undefined {
  const length = headers["content-length"];
  if (length !== undefined) return Number(length);
  if (/\bchunked\b/i.test(headers["transfer-encoding"] ?? "")) return undefined;
  throw downloadFailed(url, "its server does not say where it ends");
}
