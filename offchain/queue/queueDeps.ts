import type { PgBoss } from "pg-boss";
import type { Logger } from "pino";
import type { Sql } from "./sql.ts";
import type { Wakeups } from "./wakeups.ts";

/** What a queue works with. */
export type QueueDeps = {
  readonly boss: PgBoss;
  readonly sql: Sql;
  readonly wakeups: Wakeups;
  readonly room: number;
  readonly heartbeatSeconds: number;
  readonly log: Logger;
  /** Seconds since 1970. */
  readonly now: () => number;
};
