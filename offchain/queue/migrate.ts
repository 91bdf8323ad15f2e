import { QueueError } from "./errors.ts";
import { MIGRATIONS } from "./migrations.ts";
import type { Sql } from "./sql.ts";

/** Any number that nobody else in the database locks: "vouch" in ASCII. */
const LOCK = 0x766f756368;

/**
 * Brings the tables to this program's version, in one transaction; processes that start at once wait for each other.
 *
 * @throws {QueueError} `DATABASE_TOO_NEW`, `DATABASE_FAILED`.
 */
export async function migrate(
  sql: Sql,
  migrations: readonly (readonly string[])[] = MIGRATIONS,
): Promise<void> {
  await sql.transaction(async (tx) => {
    await tx.query("SELECT pg_advisory_xact_lock($1)", [LOCK]);
    await tx.query("CREATE SCHEMA IF NOT EXISTS vouch");
    await tx.query("CREATE TABLE IF NOT EXISTS vouch.version (version integer NOT NULL)");
    const [row] = await tx.query("SELECT version FROM vouch.version");
    const found = Number(row?.["version"] ?? 0);
    if (found > migrations.length)
      throw new QueueError({ code: "DATABASE_TOO_NEW", found, known: migrations.length });
    if (found === migrations.length) return;
    for (const statement of migrations.slice(found).flat()) await tx.query(statement);
    await tx.query("DELETE FROM vouch.version");
    await tx.query("INSERT INTO vouch.version VALUES ($1)", [migrations.length]);
  });
}
