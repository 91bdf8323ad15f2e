import { existsSync, mkdirSync, renameSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

type Database = { readonly waitReady: Promise<void>; readonly close: () => Promise<void> };
type Embedded = { readonly PGlite: new (folder: string) => Database };

/**
 * What is different from PGlite's own configuration: by that, each commit waits for the disk. All that the tables say is on the chain, so what a crash of
 * the machine takes is read again.
 */
const CONFIGURATION = `
# The log is written when the system finds the time.
wal_sync_method = fsync
max_wal_size = 1GB
`;

/** Returns the folder of the embedded database below the indexer's own. */
export function databaseFolder(home: string): string {
  return join(home, "database");
}

/** Makes the embedded database, unless it is there; by Ponder's own PGlite, whose files another version might not read. */
export async function prepareDatabase(home: string): Promise<void> {
  const folder = databaseFolder(home);
  if (existsSync(folder)) return;
  const ponder = createRequire(fileURLToPath(import.meta.resolve("ponder")));
  const { PGlite } = ponder("@electric-sql/pglite") as Embedded;
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  const made = new PGlite(draft);
  await made.waitReady;
  await made.close();
  await appendFile(join(draft, "postgresql.conf"), CONFIGURATION);
  renameSync(draft, folder);
}
