import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Hex, RequestId } from "@vouch/protocol";
import { z } from "zod";
import { WorkerError } from "./errors.ts";

/**
 * Append-only memory of what an operator signed: one digest a request, on disk before the signature exists, so that a
 * crash never makes an honest operator contradict itself.
 */
export type SignLog = {
  /**
   * Records that `digest` is about to be signed for `request`; a repeat of the same digest is allowed.
   *
   * @throws {WorkerError} `EQUIVOCATION_REFUSED` where another digest is on record.
   */
  readonly record: (request: RequestId, digest: Hex) => void;
};

const bytes32 = z.string().regex(/^0x[0-9a-f]{64}$/);
const entrySchema = z.object({ request: bytes32, digest: bytes32 });

/**
 * Opens the log at `path`, creating it. A last line without its newline is what a crash in mid-write leaves: nothing was
 * signed for it, so it is dropped; any other damage is an error.
 *
 * @throws {WorkerError} `SIGN_LOG_CORRUPT`.
 */
export function openSignLog(path: string): SignLog {
  mkdirSync(dirname(path), { recursive: true });
  const entries = readEntries(path);
  const fd = openSync(path, "a", 0o600);
  process.once("exit", () => {
    closeSync(fd);
  });

  return {
    record(request, digest) {
      const signed = entries.get(request);
      if (signed === digest) return;
      if (signed !== undefined) {
        throw new WorkerError({ code: "EQUIVOCATION_REFUSED", request, signed, refused: digest });
      }
      writeSync(fd, `${JSON.stringify({ request, digest })}\n`);
      fsyncSync(fd);
      entries.set(request, digest);
    },
  };
}

function readEntries(path: string): Map<string, Hex> {
  const entries = new Map<string, Hex>();
  if (!existsSync(path)) return entries;
  const text = readFileSync(path, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  for (const [index, line] of whole.split("\n").slice(0, -1).entries()) {
    try {
      const { request, digest } = entrySchema.parse(JSON.parse(line));
      // The same line twice is what a failed fsync and another try leave.
      if ((entries.get(request) ?? digest) !== digest)
        throw new RangeError("a request is on record with two digests");
      entries.set(request, digest as Hex);
    } catch (cause) {
      throw new WorkerError({ code: "SIGN_LOG_CORRUPT", path, line: index + 1 }, { cause });
    }
  }
  if (whole.length < text.length) truncateSync(path, Buffer.byteLength(whole));
  return entries;
}
