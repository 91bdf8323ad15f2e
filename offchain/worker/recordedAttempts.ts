import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Attempt } from "@vouch/execution";
import { ExecutionError } from "@vouch/execution";
import type { ReleaseId } from "@vouch/protocol";
import { lockFile, QueueError } from "@vouch/queue";
import type { Logger } from "pino";
import { z } from "zod";
import { messageOf } from "./messageOf.ts";

/** Processes that end in a row before a release is left alone: they may have been killed for another reason. */
const MOST_ENDS = 3;
/** For which it is left alone then; each further end makes it four times as long. */
const FIRST_REST_MS = 60_000;
const MAX_REST_MS = 86_400_000;

const recordSchema = z.object({
  /** Processes in a row that ended in the middle of an attempt, and when the last was found out, in milliseconds since 1970. */
  times: z.number().int().positive(),
  last: z.number(),
});

type Ends = Readonly<z.infer<typeof recordSchema>>;

export type RecordedAttemptsDeps = {
  readonly log: Logger;
  /** Milliseconds since 1970; the system's clock where absent. */
  readonly now?: () => number;
};

/**
 * Returns attempts that are on record in `folder` while they last, so that the next process of this machine finds out in the middle
 * of which one before it ended: the kernel kills what takes more memory than there is, and catches no error. From the
 * third in a row on it rests (`RELEASE_ENDED_PROCESS`), for a minute at first and for a day at last; one that succeeds clears the record.
 *
 * Where the record cannot be written the attempt is made without it.
 */
export function recordedAttempts(
  folder: string,
  { log, now = Date.now }: RecordedAttemptsDeps,
): Attempt {
  const recordOf = (release: ReleaseId): string => join(folder, `${release}.json`);
  // The lock of another machine says nothing here of whether its process is alive.
  const markOf = (release: ReleaseId): string => join(folder, `${release}.${hostname()}`);

  function countEnd(release: ReleaseId): void {
    const times = (readEnds(recordOf(release))?.times ?? 0) + 1;
    writeEnds(recordOf(release), { times, last: now() });
    log.warn({ release, times }, "a process ended while it loaded this release");
  }

  /** Puts the attempt on record, and what became of the one before; returns how to take it off again. */
  function begin(release: ReleaseId): () => void {
    const mark = markOf(release);
    mkdirSync(folder, { recursive: true });
    const isLeft = existsSync(`${mark}.lock`);
    const end = lockFile(mark); // refuses where a process that lives is at it: its record is enough
    try {
      if (isLeft) countEnd(release);
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }

  function tryToBegin(release: ReleaseId): () => void {
    try {
      return begin(release);
    } catch (error) {
      const isHeld = error instanceof QueueError && error.code === "LOCK_HELD";
      if (!isHeld) log.warn({ release, error: messageOf(error) }, "attempt not on record");
      return () => undefined;
    }
  }

  return async (release, work) => {
    const end = tryToBegin(release);
    try {
      const record = recordOf(release);
      const ends = readEnds(record);
      if (ends !== undefined && now() < restEnd(ends)) {
        const data = { ...ends, until: restEnd(ends), release, record };
        throw new ExecutionError({ code: "RELEASE_ENDED_PROCESS", ...data });
      }
      const result = await work();
      if (ends !== undefined) rmSync(record, { force: true });
      return result;
    } finally {
      end();
    }
  };
}

/** Until when a release rests, in milliseconds since 1970. */
function restEnd({ times, last }: Ends): number {
  if (times < MOST_ENDS) return last;
  return last + Math.min(FIRST_REST_MS * 4 ** (times - MOST_ENDS), MAX_REST_MS);
}

function readEnds(path: string): Ends | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return recordSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined; // removed meanwhile, or cut short by a crash: it is counted anew
  }
}

function writeEnds(path: string, ends: Ends): void {
  const part = `${path}.part`;
  writeFileSync(part, JSON.stringify(ends));
  renameSync(part, path);
}
