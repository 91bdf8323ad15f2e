import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import type { SignEntry } from "./signLog.ts";
import {
  flushFolder,
  linesOf,
  movedPath,
  openAppender,
  orUnwritable,
  readEntries,
} from "./signLogFile.ts";
import { lockSignLog } from "./signLogLock.ts";

/** Entries that the other log is given at once. */
const MOVED_AT_ONCE = 5_000;

/**
 * Moves the log at `path` into another, as a worker that begins to use a database does; without one there it says only that another
 * has begun. From then on nobody opens the one at `path` any more. A move that was cut short is gone on with.
 *
 * @returns how many entries were moved.
 * @throws {WorkerError} `SIGN_LOG_CORRUPT`, `SIGN_LOG_LOCKED`, `SIGN_LOG_UNWRITABLE`; `EQUIVOCATION_REFUSED` of the other log, where it has
 * another digest for a request; what that log throws.
 */
export async function moveSignLog(
  path: string,
  to: {
    readonly recordAll: (entries: readonly SignEntry[]) => Promise<readonly (Error | undefined)[]>;
  },
): Promise<number> {
  orUnwritable(path, () => mkdirSync(dirname(path), { recursive: true }));
  // Whoever opens a log meanwhile looks for this behind creating its file, as this looks for the file behind it: one sees the other.
  if (!existsSync(path)) openAppender(movedPath(path)).close();
  if (!existsSync(path)) return 0;
  const unlock = lockSignLog(path);
  try {
    const entries = [...readEntries(path)];
    const moved = openAppender(movedPath(path));
    try {
      for (let at = 0; at < entries.length; at += MOVED_AT_ONCE) {
        const some = entries.slice(at, at + MOVED_AT_ONCE);
        const refusals = await to.recordAll(some.map(([request, digest]) => ({ request, digest })));
        const refusal = refusals.find((it) => it !== undefined);
        if (refusal !== undefined) throw refusal;
        moved.append(linesOf(new Map(some)));
      }
    } finally {
      moved.close();
    }
    orUnwritable(path, () => {
      rmSync(path, { force: true });
      flushFolder(dirname(path));
    });
    return entries.length;
  } finally {
    unlock();
  }
}
