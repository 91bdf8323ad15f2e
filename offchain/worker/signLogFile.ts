import {
  closeSync,
  existsSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Hex, RequestId } from "@vouch/protocol";
import { z } from "zod";
import { WorkerError } from "./errors.ts";

/** Read at once: a log outgrows the longest string that there is. */
const CHUNK_BYTES = 1 << 20;

const bytes32 = z.string().regex(/^0x[0-9a-f]{64}$/);
const entrySchema = z.object({ request: bytes32, digest: bytes32 });

/** What was moved out of the log at `path`; where it exists, another log has gone on. */
export function movedPath(path: string): string {
  return `${path}.moved`;
}

/** @throws {WorkerError} `SIGN_LOG_MOVED`. */
export function requireNotMoved(path: string): void {
  const moved = movedPath(path);
  if (existsSync(moved)) throw new WorkerError({ code: "SIGN_LOG_MOVED", path, moved });
}

/** Returns entries as the file has them: a line of JSON each, in which hex has nothing to be escaped. */
export function linesOf(entries: ReadonlyMap<RequestId, Hex>): string {
  let lines = "";
  for (const [request, digest] of entries)
    lines += `{"request":"${request}","digest":"${digest}"}\n`;
  return lines;
}

/** Of both forms one is used: a flush that fails cuts off what was written since the last one. */
export type Appender = {
  readonly append: (lines: string) => void;
  /** One at a time. */
  readonly appendAsync: (lines: string) => Promise<void>;
  readonly close: () => void;
};

function flush(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(fd, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** Opens the file at `path`, creating it for good, to be added to. */
export function openAppender(path: string): Appender {
  const isNew = !existsSync(path);
  const fd = orUnwritable(path, () => openSync(path, "a", 0o600));
  if (isNew)
    orUnwritable(path, () => {
      flushFolder(dirname(path));
    });
  let length = fstatSync(fd).size;
  let isTorn = false;
  const mend = (): void => {
    if (!isTorn) return;
    ftruncateSync(fd, length);
    isTorn = false;
  };
  const write = (bytes: Buffer): void => {
    mend(); // where the file could not be cut back after an earlier failure
    isTorn = true;
    // A full disk takes a part and says so by the count alone.
    for (let done = 0; done < bytes.length;) {
      const count = writeSync(fd, bytes, done);
      if (count === 0) throw new RangeError(`${done} of ${bytes.length} bytes were written`);
      done += count;
    }
  };
  const isWritten = (bytes: Buffer): void => {
    isTorn = false;
    length += bytes.length;
  };
  const unwritable = (cause: unknown): WorkerError => {
    const causes = [cause];
    try {
      mend();
    } catch (error) {
      causes.push(error); // tried again before the next line; until then a restart drops the rest or refuses
    }
    const all = causes.length === 1 ? cause : new AggregateError(causes);
    return new WorkerError({ code: "SIGN_LOG_UNWRITABLE", path }, { cause: all });
  };
  return {
    append(lines) {
      const bytes = Buffer.from(lines);
      try {
        write(bytes);
        fsyncSync(fd);
      } catch (cause) {
        throw unwritable(cause);
      }
      isWritten(bytes);
    },
    async appendAsync(lines) {
      const bytes = Buffer.from(lines);
      try {
        write(bytes);
        await flush(fd);
      } catch (cause) {
        throw unwritable(cause);
      }
      isWritten(bytes);
    },
    close() {
      closeSync(fd);
    },
  };
}

/** Returns what is on record in the file at `path`; a last line without its newline is cut off. */
export function readEntries(path: string): Map<RequestId, Hex> {
  const entries = new Map<RequestId, Hex>();
  if (!existsSync(path)) return entries;
  const fd = openSync(path, "r");
  try {
    let index = 0;
    let whole = 0;
    let rest = Buffer.alloc(0);
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (let count = readSync(fd, chunk); count > 0; count = readSync(fd, chunk)) {
      rest = Buffer.concat([rest, chunk.subarray(0, count)]);
      const end = rest.lastIndexOf("\n") + 1;
      for (const line of rest.toString("latin1", 0, end).split("\n").slice(0, -1))
        readEntry(line, entries, { path, line: ++index });
      whole += end;
      rest = rest.subarray(end);
    }
    if (rest.length > 0)
      orUnwritable(path, () => {
        truncateSync(path, whole);
      });
  } finally {
    closeSync(fd);
  }
  return entries;
}

function readEntry(
  text: string,
  entries: Map<RequestId, Hex>,
  place: { readonly path: string; readonly line: number },
): void {
  try {
    const { request, digest } = entrySchema.parse(JSON.parse(text));
    // The same line twice is what a failed fsync and another try left once.
    if ((entries.get(request as RequestId) ?? digest) !== digest)
      throw new RangeError("a request is on record with two digests");
    entries.set(request as RequestId, digest as Hex);
  } catch (cause) {
    throw new WorkerError({ code: "SIGN_LOG_CORRUPT", ...place }, { cause });
  }
}

/** A file is only there after a crash where its folder says so. */
export function flushFolder(folder: string): void {
  if (process.platform === "win32") return; // folders cannot be opened there
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** @throws {WorkerError} `SIGN_LOG_UNWRITABLE` where `act` throws. */
export function orUnwritable<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new WorkerError({ code: "SIGN_LOG_UNWRITABLE", path }, { cause });
  }
}
