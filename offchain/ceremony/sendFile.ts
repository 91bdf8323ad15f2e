import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { CeremonyError } from "./errors.ts";

/** The longest that a timer of Node runs: 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** How slowly a file may be taken: a transfer of n bytes ends after `graceMs + n / bytesPerSecond` at the latest. */
export type TransferPace = { readonly graceMs: number; readonly bytesPerSecond: number };

/**
 * Sends a file that never changes, or the part of it that the request asks for (one range, RFC 9110, 14.2), so that a
 * download that was cut goes on where it ended.
 *
 * @param tag what its content is known by
 * @throws {CeremonyError} `RANGE_UNSATISFIABLE`; the abort of a stream where the file is taken too slowly.
 */
export async function sendFile(
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  path: string,
  tag: string,
  { graceMs, bytesPerSecond }: TransferPace,
): Promise<void> {
  const { size } = await stat(path);
  const etag = `"${tag}"`;
  const condition = request.headers["if-range"];
  const wanted = condition === undefined || condition === etag ? request.headers.range : undefined;
  const range = wanted === undefined ? undefined : /^bytes=(\d{1,15})-(\d{0,15})$/.exec(wanted);
  const [start, end] =
    range == null
      ? [0, size - 1]
      : [Number(range[1]), range[2] === "" ? size - 1 : Math.min(Number(range[2]), size - 1)];
  if (range != null && (start >= size || end < start)) {
    response.setHeader("content-range", `bytes */${size}`);
    throw new CeremonyError({ code: "RANGE_UNSATISFIABLE", bytes: size });
  }
  response.statusCode = range == null ? 200 : 206;
  response.setHeader("content-type", "application/octet-stream");
  response.setHeader("accept-ranges", "bytes");
  response.setHeader("etag", etag);
  response.setHeader("content-length", end - start + 1);
  if (range != null) response.setHeader("content-range", `bytes ${start}-${end}/${size}`);
  if (request.method === "HEAD") response.end();
  else {
    const limit = graceMs + ((end - start + 1) / bytesPerSecond) * 1000;
    // Each byte in time is no sign of a reader: one that takes a byte a second keeps a connection for days.
    const signal = AbortSignal.timeout(Math.min(Math.ceil(limit), MAX_TIMER_MS));
    await pipeline(createReadStream(path, { start, end }), response, { signal });
  }
}
