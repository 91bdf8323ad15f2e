import { existsSync, fsyncSync, mkdirSync, openSync, closeSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { PGlite as PGliteInstance } from "@electric-sql/pglite";
import type { Database } from "./database.ts";
import { QueueError } from "./errors.ts";
import { livingPglite } from "./livingPglite.ts";
import { lockFile } from "./lockFile.ts";
import { databaseError, queryOf, transactionOf } from "./sql.ts";

/**
 * Opens PostgreSQL inside this process, its files under `folder`, for this process alone. A commit is on the disk when it
 * returns.
 *
 * @throws {QueueError} `LOCK_HELD`, `LOCK_UNWRITABLE`, `FOLDER_UNWRITABLE`, `DISK_FULL`, `NOT_DURABLE`, `DATABASE_FAILED`.
 */
export async function openPglite(folder: string): Promise<Database> {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (cause) {
    throw new QueueError({ code: "FOLDER_UNWRITABLE", folder }, { cause });
  }
  const files = join(folder, "pglite");
  const unlock = lockFile(files);
  try {
    return await openLocked(files, unlock);
  } catch (cause) {
    unlock();
    throw databaseError(cause);
  }
}

async function openLocked(folder: string, unlock: () => void): Promise<Database> {
  // Loaded where it is used: 20 MB of WebAssembly.
  const [{ PGlite }, { fromPglite }, { durableFs }] = await Promise.all([
    import("@electric-sql/pglite"),
    import("pg-boss"),
    import("./durableFs.ts"),
  ]);
  async function open(): Promise<PGliteInstance> {
    const isNew = !existsSync(join(folder, "PG_VERSION"));
    const { fs, flushes } = durableFs(folder);
    // `-F` is PostgreSQL's fsync=off, and `fdatasync` does nothing in PGlite.
    const startParams = PGlite.defaultStartParams.filter((it) => it !== "-F");
    const lite = await PGlite.create({
      fs,
      startParams: [...startParams, "-c", "wal_sync_method=fsync"],
    });
    try {
      if (isNew) flushTree(folder); // the files that its set-up made
      const before = flushes();
      await lite.exec("SELECT pg_logical_emit_message(true, 'vouch', 'durable?')");
      if (flushes() === before)
        throw new QueueError({ code: "NOT_DURABLE", reason: "PGlite flushed nothing on a commit" });
      return lite;
    } catch (error) {
      await lite.close();
      throw error;
    }
  }

  const lite = await livingPglite(dirname(folder), open);
  return {
    kind: "pglite",
    query: queryOf((text, values) => lite.query(text, values)),
    async transaction(action) {
      try {
        return await lite.transaction((tx) =>
          action(transactionOf((text, values) => tx.query(text, values))),
        );
      } catch (error) {
        throw error instanceof Error && "severity" in error ? databaseError(error) : error;
      }
    },
    boss: { db: fromPglite(lite), backend: "pglite" },
    async close() {
      await lite.close();
      unlock();
    },
  };
}

function flushTree(path: string): void {
  const fd = openSync(path, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  for (const entry of readdirSync(path, { withFileTypes: true, recursive: true })) {
    const file = openSync(join(entry.parentPath, entry.name), "r");
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
}
