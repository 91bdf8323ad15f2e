import type { Logger } from "pino";
import { z } from "zod";
import { failAbandoned } from "./claims.ts";
import type { DeadLetter } from "./deadLetters.ts";
import { listDeadLetters, retryDeadLetters } from "./deadLetters.ts";
import type { Depth } from "./depths.ts";
import { readDepths } from "./depths.ts";
import { QueueError } from "./errors.ts";
import { migrate } from "./migrate.ts";
import { openBoss } from "./openBoss.ts";
import { openPglite } from "./openPglite.ts";
import { openPostgres } from "./openPostgres.ts";
import type { PayloadSchema } from "./payloadSchema.ts";
import type { Queue } from "./queue.ts";
import { queueOf } from "./queue.ts";
import type { QueueName } from "./queues.ts";
import { policiesWith, queuePoliciesSchema } from "./queues.ts";
import type { Sql } from "./sql.ts";
import type { RoomyDatabase } from "./roomOf.ts";
import { roomOf } from "./roomOf.ts";
import { openWakeups } from "./wakeups.ts";

const optionsSchema = z
  .object({
    /** A PostgreSQL server that any number of processes share: `postgres://user:password@host:port/database`. */
    url: z
      .string()
      .regex(/^postgres(ql)?:\/\//, "is no postgres:// URL")
      .optional(),
    /** Where one process alone keeps its database, without a server. */
    folder: z.string().min(1).optional(),
    queues: queuePoliciesSchema,
  })
  .refine(({ url, folder }) => (url === undefined) !== (folder === undefined), {
    error: "either a url or a folder is needed",
  });

/** Where the store is; exactly one of `url` and `folder`. */
export type StoreOptions = z.input<typeof optionsSchema>;

export type StoreDeps = {
  readonly log: Logger;
  /** Seconds since 1970; the system's clock where absent. */
  readonly now?: () => number;
};

/** The database of an operator: its tables by `sql`, its queues, its dead letters. */
export type Store = {
  readonly kind: "pglite" | "postgres";
  readonly sql: Sql;
  /** Returns a queue whose payloads are what the schema parses. */
  readonly queue: <Schema extends PayloadSchema>(
    name: QueueName,
    schema: Schema,
  ) => Queue<Schema["_input"], Schema["_output"]>;
  readonly depths: () => Promise<Readonly<Record<QueueName, Depth>>>;
  /** Whether the database had no room for a statement within the last ten seconds. */
  readonly isFull: () => boolean;
  readonly listDeadLetters: () => Promise<readonly DeadLetter[]>;
  /** Puts one dead letter, or "all", back into their queues; returns how many. */
  readonly retryDeadLetter: (id: string) => Promise<number>;
  /** Call it when no `work` runs any more. */
  readonly close: () => Promise<void>;
};

/**
 * Opens the store, creates or updates its tables, and takes up what a process before this one left.
 *
 * @throws {QueueError} `OPTIONS_INVALID`, `LOCK_HELD` where another process has the folder, `NOT_DURABLE`, `DATABASE_TOO_NEW`,
 * `DATABASE_FAILED`.
 */
export async function openStore(storeOptions: StoreOptions, deps: StoreDeps): Promise<Store> {
  const parsed = optionsSchema.safeParse(storeOptions);
  if (!parsed.success) {
    const reason = z.prettifyError(parsed.error);
    throw new QueueError({ code: "OPTIONS_INVALID", reason }, { cause: parsed.error });
  }
  const { url, folder = "", queues } = parsed.data;
  const opening = url === undefined ? openPglite(folder) : openPostgres(url, deps.log);
  const database = roomOf(await opening);
  try {
    return await openOver(database, policiesWith(queues), deps);
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openOver(
  database: RoomyDatabase,
  policies: ReturnType<typeof policiesWith>,
  { log, now = () => Date.now() / 1_000 }: StoreDeps,
): Promise<Store> {
  await migrate(database);
  const boss = await openBoss(database, policies, log);
  try {
    if (database.kind === "pglite") await failAbandoned(boss, database);
    const wakeups = await openWakeups(boss, log);
    return {
      kind: database.kind,
      sql: { query: database.query, transaction: database.transaction },
      queue(name, schema) {
        const { room, heartbeatSeconds } = policies[name];
        const sql = database;
        return queueOf(name, schema, { boss, sql, wakeups, room, heartbeatSeconds, log, now });
      },
      depths: () => readDepths(database),
      isFull: database.isFull,
      listDeadLetters: () => listDeadLetters(boss),
      retryDeadLetter: (id) => retryDeadLetters(boss, id),
      async close() {
        await wakeups.close();
        await boss.stop({ graceful: false });
        await database.close();
      },
    };
  } catch (error) {
    await boss.stop({ graceful: false });
    throw error;
  }
}
