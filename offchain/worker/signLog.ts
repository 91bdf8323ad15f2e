import {
  closeSync,
  existsSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Hex, RequestId } from "@vouch/protocol";
import { z } from "zod";
import { WorkerError } from "./errors.ts";
import { lockSignLog } from "./signLogLock.ts";

/**
 * Append-only memory of what an operator signed: one digest a request, on disk before the signature exists, so that a
 * crash never makes an honest operator contradict itself. It holds all of them: about 160 bytes of disk and 210 of memory a
 * request, and no more than the 2^24 requests of a `Map`.
 */
export type SignLog = {
  /**
   * Records that `digest` is about to be signed for `request`; a repeat of the same digest is allowed.
   *
   * @throws {WorkerError} `EQUIVOCATION_REFUSED` where another digest is on record; `SIGN_LOG_UNWRITABLE` where the disk did
   * not take it: then nothing may be signed.
   */
  readonly record: (request: RequestId, digest: Hex) => void;
  /**
   * Records many as `record` does, with one write and one flush; each but the refused may be signed when it returns.
   *
   * @returns of each its `EQUIVOCATION_REFUSED`, undefined where it is on record; of two that contradict each other the first is.
   * @throws {WorkerError} `SIGN_LOG_UNWRITABLE`: then none of them may be signed.
   */
  readonly recordAll: (entries: readonly SignEntry[]) => readonly (WorkerError | undefined)[];
};

/** As `SignLog`, but the process goes on with other work while the disk takes the lines: nothing may be signed before it resolves. */
export type AsyncSignLog = {
  /** @throws {WorkerError} as `SignLog.recordAll`. */
  readonly recordAll: (
    entries: readonly SignEntry[],
  ) => Promise<readonly (WorkerError | undefined)[]>;
};

/** What is about to be signed for a request. */
export type SignEntry = { readonly request: RequestId; readonly digest: Hex };

/** A log that this process alone has; `close` gives it back. */
export type OpenSignLog = SignLog & { readonly close: () => void };

/** As `OpenSignLog`; `close` waits for what is being recorded. */
export type OpenAsyncSignLog = AsyncSignLog & { readonly close: () => Promise<void> };

/** Read at once: a log outgrows the longest string that there is. */
const CHUNK_BYTES = 1 << 20;

const bytes32 = z.string().regex(/^0x[0-9a-f]{64}$/);
const entrySchema = z.object({ request: bytes32, digest: bytes32 });

/**
 * Opens the log at `path`, creating it, for this process alone. A last line without its newline is what a crash in mid-write
 * leaves: nothing was signed for it, so it is dropped; any other damage is an error.
 *
 * @throws {WorkerError} `SIGN_LOG_CORRUPT`, `SIGN_LOG_LOCKED`, `SIGN_LOG_UNWRITABLE`.
 */
export function openSignLog(path: string): OpenSignLog {
  orUnwritable(path, () => mkdirSync(dirname(path), { recursive: true }));
  const unlock = lockSignLog(path);
  try {
    const entries = readEntries(path);
    const file = openAppender(path);
    let isOpen = true;
    return {
      ...recorder(entries, file.append),
      close() {
        if (!isOpen) return;
        isOpen = false;
        file.close();
        unlock();
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/**
 * Opens the same log for who signs under load: a flush takes a thread of the pool's, and not the one that serves. One batch is
 * recorded at a time, in the order of the calls; who calls it in parallel waits.
 *
 * @throws {WorkerError} as `openSignLog`.
 */
export function openAsyncSignLog(path: string): OpenAsyncSignLog {
  orUnwritable(path, () => mkdirSync(dirname(path), { recursive: true }));
  const unlock = lockSignLog(path);
  try {
    const known = readEntries(path);
    const file = openAppender(path);
    let last: Promise<unknown> = Promise.resolve();
    let closing: Promise<void> | undefined;
    const record: AsyncSignLog["recordAll"] = async (entries) => {
      const { added, refusals } = sift(known, entries);
      if (added.size > 0) await file.appendAsync(linesOf(added));
      for (const [request, digest] of added) known.set(request, digest);
      return refusals;
    };
    return {
      async recordAll(entries) {
        // What was a log's number may be another file's by now.
        if (closing !== undefined) throw new WorkerError({ code: "SIGN_LOG_UNWRITABLE", path });
        const recorded = last.then(() => record(entries));
        last = recorded.catch(() => undefined); // whoever asked has the error
        return recorded;
      },
      close() {
        closing ??= last.then(() => {
          file.close();
          unlock();
        });
        return closing;
      },
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

/** A log of a chain that ends with its process: no later one could contradict this one. */
export function memorySignLog(): SignLog {
  return recorder(new Map(), () => undefined);
}

function recorder(known: Map<RequestId, Hex>, append: (lines: string) => void): SignLog {
  const recordAll: SignLog["recordAll"] = (entries) => {
    const { added, refusals } = sift(known, entries);
    if (added.size > 0) append(linesOf(added));
    for (const [request, digest] of added) known.set(request, digest);
    return refusals;
  };
  return {
    record(request, digest) {
      const [refusal] = recordAll([{ request, digest }]);
      if (refusal !== undefined) throw refusal;
    },
    recordAll,
  };
}

/** Tells what is new of entries from what is on record, and from what contradicts it. */
function sift(
  known: ReadonlyMap<RequestId, Hex>,
  entries: readonly SignEntry[],
): {
  readonly added: ReadonlyMap<RequestId, Hex>;
  readonly refusals: readonly (WorkerError | undefined)[];
} {
  const added = new Map<RequestId, Hex>();
  const refusals = entries.map(({ request, digest }) => {
    const signed = known.get(request) ?? added.get(request);
    if (signed === undefined) added.set(request, digest);
    return signed === undefined || signed === digest
      ? undefined
      : new WorkerError({ code: "EQUIVOCATION_REFUSED", request, signed, refused: digest });
  });
  return { added, refusals };
}

function linesOf(entries: ReadonlyMap<RequestId, Hex>): string {
  return [...entries]
    .map(([request, digest]) => `${JSON.stringify({ request, digest })}\n`)
    .join("");
}

/** Of both forms one is used: a flush that fails cuts off what was written since the last one. */
type Appender = {
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

function openAppender(path: string): Appender {
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

function readEntries(path: string): Map<RequestId, Hex> {
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
function flushFolder(folder: string): void {
  if (process.platform === "win32") return; // folders cannot be opened there
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function orUnwritable<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (cause) {
    throw new WorkerError({ code: "SIGN_LOG_UNWRITABLE", path }, { cause });
  }
}
