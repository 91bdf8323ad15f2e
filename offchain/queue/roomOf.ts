import type { Database } from "./database.ts";
import { QueueError } from "./errors.ts";

/** For which a statement that found no room counts: whoever works for the store runs many a second. */
const RECENT_MS = 10_000;
/** SQLSTATE of a server whose disk, or tablespace, is full. */
const FULL = "53100";

/** A database, and whether it lately had no room for what it was given. */
export type RoomyDatabase = Database & {
  /** A server's disk cannot be looked at from here: what is known of it is what it answers. */
  readonly isFull: () => boolean;
};

/** @param now in milliseconds of a clock that never goes back */
export function roomOf(
  database: Database,
  now: () => number = () => performance.now(),
): RoomyDatabase {
  let fullAt = -Infinity;
  const noted = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (saysFull(error)) fullAt = now();
      throw error;
    }
  };
  return {
    ...database,
    query: (...statement) => noted(database.query(...statement)),
    transaction: (action) => noted(database.transaction(action)),
    isFull: () => now() < fullAt + RECENT_MS,
  };
}

function saysFull(error: unknown): boolean {
  if (!(error instanceof QueueError)) return false;
  const { data } = error;
  return data.code === "DISK_FULL" || (data.code === "DATABASE_FAILED" && data.state === FULL);
}
