import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { CeremonyError } from "./errors.ts";

/**
 * Sends a file that never changes, or the part of it that the request asks for (one range, RFC 9110, 14.2), so that a
 * download that was cut goes on where it ended.
 *
 * @param tag what its content is known by
 * @throws {CeremonyError} `RANGE_UNSATISFIABLE`.
 */
export async function sendFile(
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  path: string,
  tag: string,
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
  else await pipeline(createReadStream(path, { start, end }), response);
}
