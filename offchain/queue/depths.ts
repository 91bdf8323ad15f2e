import { BOSS_SCHEMA } from "./openBoss.ts";
import type { QueueName } from "./queues.ts";
import { DEAD_LETTERS, QUEUES } from "./queues.ts";
import type { Sql } from "./sql.ts";

/** How many items a queue has in each state. */
export type Depth = {
  /** To be taken now. */
  readonly ready: number;
  /** To be taken later: put off, or failed and not tried again yet. */
  readonly later: number;
  readonly active: number;
  readonly dead: number;
};

const EMPTY: Depth = { ready: 0, later: 0, active: 0, dead: 0 };

/** Counts what is in the queues now. */
export async function readDepths(sql: Sql): Promise<Readonly<Record<QueueName, Depth>>> {
  const rows = await sql.query(
    `SELECT CASE name WHEN $2 THEN source_name ELSE name END AS queue,
       count(*) FILTER (WHERE name <> $2 AND state < 'active' AND start_after <= now())::int AS ready,
       count(*) FILTER (WHERE name <> $2 AND state < 'active' AND start_after > now())::int AS later,
       count(*) FILTER (WHERE state = 'active')::int AS active,
       count(*) FILTER (WHERE name = $2 AND state < 'active')::int AS dead
     FROM ${BOSS_SCHEMA}.job WHERE state <= 'active' AND (name = ANY($1) OR name = $2)
     GROUP BY 1`,
    [[...QUEUES], DEAD_LETTERS],
  );
  const of = (queue: QueueName): Depth => {
    const row = rows.find((it) => it["queue"] === queue);
    if (row === undefined) return EMPTY;
    const count = (state: keyof Depth): number => Number(row[state]);
    return {
      ready: count("ready"),
      later: count("later"),
      active: count("active"),
      dead: count("dead"),
    };
  };
  return { watch: of("watch"), infer: of("infer"), prove: of("prove"), settle: of("settle") };
}
