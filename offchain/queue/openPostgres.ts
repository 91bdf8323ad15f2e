import type { Logger } from "pino";
import type { PoolClient } from "pg";
import type { Database } from "./database.ts";
import { QueueError } from "./errors.ts";
import type { Sql } from "./sql.ts";
import { databaseError, queryOf, transactionOf } from "./sql.ts";

/** Connections of the store's own statements, and of pg-boss's. */
const CONNECTIONS = 8;
const BOSS_CONNECTIONS = 6;
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Connects to the PostgreSQL server at `url`, which any number of processes may share.
 *
 * @throws {QueueError} `DATABASE_FAILED` where it cannot be reached; `NOT_DURABLE` where it runs without fsync.
 */
export async function openPostgres(url: string, log: Logger): Promise<Database> {
  const { default: pg } = await import("pg");
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: "vouch",
    keepAlive: true,
    // A server may confirm before its disk has it; what is kept here may not be lost.
    options: "-c synchronous_commit=on",
  });
  // A connection that breaks while nobody uses it; the next statement opens another.
  pool.on("error", (error) => {
    log.warn({ error: error.message }, "database connection lost");
  });
  const query = queryOf((text, values) => pool.query(text, values));
  try {
    await requireFsync(query);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return {
    kind: "postgres",
    query,
    transaction: (action) => inTransaction(() => pool.connect(), action),
    boss: { connectionString: url, max: BOSS_CONNECTIONS },
    close: () => pool.end(),
  };
}

async function requireFsync(query: Sql["query"]): Promise<void> {
  const [row] = await query("SELECT current_setting('fsync') AS fsync");
  if (row?.["fsync"] !== "on")
    throw new QueueError({ code: "NOT_DURABLE", reason: "the server runs with fsync off" });
}

async function inTransaction<T>(
  connect: () => Promise<PoolClient>,
  action: (tx: Sql) => Promise<T>,
): Promise<T> {
  let client: PoolClient;
  try {
    client = await connect();
  } catch (cause) {
    throw databaseError(cause);
  }
  // One that breaks in between fails the next statement; without a listener it would end the process.
  const ignore = (): void => undefined;
  client.on("error", ignore);
  let broken: Error | undefined;
  try {
    const tx = transactionOf((text, values) => client.query(text, values));
    await tx.query("BEGIN");
    try {
      const result = await action(tx);
      await tx.query("COMMIT");
      return result;
    } catch (error) {
      await tx.query("ROLLBACK").catch((cause: unknown) => {
        broken = databaseError(cause); // the server ends it with the connection
      });
      throw error;
    }
  } finally {
    client.off("error", ignore);
    client.release(broken);
  }
}
