import { parseRequestId } from "@vouch/protocol";
import type { NewItem } from "./queue.ts";
import { envelopeSchema } from "./claims.ts";
import { BOSS_SCHEMA } from "./openBoss.ts";
import type { QueueName } from "./queues.ts";
import type { Sql } from "./sql.ts";

/** What payloads have in common that are to be taken together: members by name. */
export type Members = Readonly<Record<string, string>>;

const IS_WAITING = "name = $1 AND state < 'active' AND data->'payload' @> $2::jsonb";

/** Counts the items that wait in a queue with these members, up to `limit`. */
export async function countWaiting(
  queue: QueueName,
  members: Members,
  limit: number,
  sql: Sql,
): Promise<number> {
  const [row] = await sql.query(
    `SELECT count(*)::int AS waiting FROM (
       SELECT FROM ${BOSS_SCHEMA}.job WHERE ${IS_WAITING} LIMIT $3
     ) AS waiting`,
    [queue, JSON.stringify(members), limit],
  );
  return Number(row?.["waiting"]);
}

/**
 * Takes the largest of `counts` waiting items with these members off a queue, within `tx`: those of the nearest deadline; none where
 * fewer wait than the least. What others take at that moment is passed over.
 */
export async function takeWaiting<Payload>(
  queue: QueueName,
  members: Members,
  counts: readonly number[],
  parse: (payload: unknown) => Payload,
  tx: Sql,
): Promise<readonly NewItem<Payload>[]> {
  const rows = await tx.query(
    `SELECT id, singleton_key, data FROM ${BOSS_SCHEMA}.job WHERE ${IS_WAITING}
     ORDER BY priority DESC, created_on LIMIT $3 FOR UPDATE SKIP LOCKED`,
    [queue, JSON.stringify(members), Math.max(0, ...counts)],
  );
  const count = Math.max(0, ...counts.filter((it) => it <= rows.length));
  const taken = rows.slice(0, count);
  if (taken.length === 0) return [];
  await tx.query(`DELETE FROM ${BOSS_SCHEMA}.job WHERE name = $1 AND id = ANY($2::uuid[])`, [
    queue,
    taken.map((row) => String(row["id"])),
  ]);
  return taken.map((row) => {
    const { deadline, payload } = envelopeSchema.parse(row["data"]);
    const key = parseRequestId(String(row["singleton_key"]));
    return { key, deadline, payload: parse(payload) };
  });
}
