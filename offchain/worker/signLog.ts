import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Hex, RequestId } from "@vouch/protocol";
import { WorkerError } from "./errors.ts";
import type { Appender } from "./signLogFile.ts";
import {
  linesOf,
  openAppender,
  orUnwritable,
  readEntries,
  requireNotMoved,
} from "./signLogFile.ts";
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

/**
 * Opens the log at `path`, creating it, for this process alone. A last line without its newline is what a crash in mid-write
 * leaves: nothing was signed for it, so it is dropped; any other damage is an error.
 *
 * @throws {WorkerError} `SIGN_LOG_CORRUPT`, `SIGN_LOG_LOCKED`, `SIGN_LOG_UNWRITABLE`, `SIGN_LOG_MOVED`.
 */
export function openSignLog(path: string): OpenSignLog {
  orUnwritable(path, () => mkdirSync(dirname(path), { recursive: true }));
  const unlock = lockSignLog(path);
  try {
    const { known: entries, file } = openFile(path);
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
    const { known, file } = openFile(path);
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

function openFile(path: string): { readonly known: Map<RequestId, Hex>; readonly file: Appender } {
  requireNotMoved(path);
  const known = readEntries(path);
  const file = openAppender(path);
  try {
    requireNotMoved(path);
  } catch (error) {
    file.close();
    throw error;
  }
  return { known, file };
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
