import { statfsSync } from "node:fs";
import type { PGlite } from "@electric-sql/pglite";
import { QueueError } from "./errors.ts";

/** What the store asks of PGlite. */
export type LivingPglite = Pick<PGlite, "query" | "exec" | "transaction" | "close">;

/**
 * Bytes that are free before PGlite is opened: two segments of its log, which is what recovering and going on may take. With none
 * it would panic while it opens.
 */
const ROOM_BYTES = 2 ** 25;
/** How PostgreSQL says that its process ends with this error. */
const ENDS = new Set(["PANIC", "FATAL"]);

/**
 * Keeps a PGlite over `folder` alive. A full disk makes it panic where its log needs room; a server's process would end there, but
 * PGlite's next statement never returns, and with it this process would stand still. So after a panic no statement reaches it any
 * more: each fails at once, until there is room, and then one opens the files anew, as after a crash.
 *
 * @throws {QueueError} `DISK_FULL` where there is no room to open it; from each statement as well. What `open` throws.
 */
export async function livingPglite(
  folder: string,
  open: () => Promise<PGlite>,
): Promise<LivingPglite> {
  let opening: Promise<PGlite> | undefined;

  async function living(): Promise<PGlite> {
    opening ??= openGuarded().catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    return opening;
  }

  async function openGuarded(): Promise<PGlite> {
    requireRoom(folder);
    const lite = await open();
    endAtPanic(lite, () => {
      opening = undefined;
    });
    return lite;
  }

  await living();
  return {
    query: async (...statement) => (await living()).query(...statement),
    exec: async (...statements) => (await living()).exec(...statements),
    transaction: async (action) => (await living()).transaction(action),
    async close() {
      await (await opening)?.close(); // one that panicked has nothing to say any more
    },
  };
}

/** Lets no message through to a PGlite that panicked, and tells when it does. */
function endAtPanic(lite: PGlite, onPanic: () => void): void {
  let panic: Error | undefined;
  const whole = lite.execProtocol.bind(lite);
  const streamed = lite.execProtocolStream.bind(lite);
  const raw = lite.execProtocolRawSync.bind(lite);
  const noted = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      if (panic === undefined && isEnd(error)) {
        panic = error;
        onPanic();
      }
      throw error;
    }
  };
  lite.execProtocol = (...message) => noted(whole(...message));
  lite.execProtocolStream = (...message) => noted(streamed(...message));
  lite.execProtocolRawSync = (...message) => {
    if (panic !== undefined) throw panic;
    return raw(...message);
  };
}

function isEnd(error: unknown): error is Error {
  return (
    error instanceof Error && "severity" in error && ENDS.has(String(error.severity).toUpperCase())
  );
}

function requireRoom(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free < ROOM_BYTES)
    throw new QueueError({ code: "DISK_FULL", folder, free, needed: ROOM_BYTES });
}
