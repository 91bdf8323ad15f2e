import type { Logger } from "pino";
import type { Db, PgBoss } from "pg-boss";
import type { Database } from "./database.ts";
import { QueueError } from "./errors.ts";
import type { QueueName, QueuePolicy } from "./queues.ts";
import { DEAD_LETTERS, QUEUES } from "./queues.ts";
import type { Sql } from "./sql.ts";
import { databaseError } from "./sql.ts";

/** The schema of pg-boss's tables, beside ours. */
export const BOSS_SCHEMA = "vouch_queue";
/** Seconds between looks for items whose process is gone. */
const SUPERVISE_SECONDS = 2;
/** Seconds that what is done stays in the table, and between clean-ups. */
const KEEP_DONE_SECONDS = 3_600;
const CLEAN_UP_SECONDS = 300;
/** What waits, and dead letters, are nobody's to drop: ten years. */
const KEEP_WAITING_SECONDS = 10 * 365 * 86_400;

/** Starts pg-boss over the database, with the four queues and the dead letters. */
export async function openBoss(
  database: Database,
  policies: Readonly<Record<QueueName, QueuePolicy>>,
  log: Logger,
): Promise<PgBoss> {
  const { PgBoss } = await import("pg-boss");
  const boss = new PgBoss({
    ...database.boss,
    schema: BOSS_SCHEMA,
    application_name: "vouch queues",
    schedule: false,
    superviseIntervalSeconds: SUPERVISE_SECONDS,
    monitorIntervalSeconds: SUPERVISE_SECONDS,
    maintenanceIntervalSeconds: CLEAN_UP_SECONDS,
  });
  boss.on("error", (error) => {
    log.warn({ error: error.message }, "queues: database error");
  });
  boss.on("warning", ({ message }) => {
    log.warn({ warning: message }, "queues");
  });
  try {
    await boss.start();
    await boss.createQueue(DEAD_LETTERS, { retentionSeconds: KEEP_WAITING_SECONDS });
    for (const queue of QUEUES) await createQueue(boss, queue, policies[queue]);
    // Their settings are cached from here on: asked for inside a transaction of PGlite, they would wait for it.
    for (const queue of [...QUEUES, DEAD_LETTERS]) await boss.findJobs(queue, { key: "none" });
  } catch (cause) {
    await boss.stop({ graceful: false });
    throw databaseError(cause);
  }
  return boss;
}

async function createQueue(boss: PgBoss, name: QueueName, policy: QueuePolicy): Promise<void> {
  const options = {
    retryLimit: policy.retryLimit,
    retryDelay: policy.retrySeconds,
    retryBackoff: true,
    retryDelayMax: policy.maxRetrySeconds,
    heartbeatSeconds: policy.heartbeatSeconds,
    expireInSeconds: policy.expireSeconds,
    retentionSeconds: KEEP_WAITING_SECONDS,
    deleteAfterSeconds: KEEP_DONE_SECONDS,
    deadLetter: DEAD_LETTERS,
  };
  await boss.createQueue(name, { ...options, policy: "exclusive" });
  await boss.updateQueue(name, options); // where it was there, with other settings
}

/** Lets pg-boss run its statements in a transaction of ours. */
export function bossIn(tx: Sql): Db {
  return {
    executeSql: async (text, values = []) => ({
      rows: [...(await tx.query(text, values as never))],
    }),
  };
}

/** How many rows a command of pg-boss changed, which its types leave out. */
export function affectedBy(response: object): number {
  if ("affected" in response && typeof response.affected === "number") return response.affected;
  throw new QueueError({ code: "DATABASE_FAILED", state: undefined }, { cause: response });
}
