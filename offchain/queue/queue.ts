import type { RequestId } from "@vouch/protocol";
import { parseRequestId } from "@vouch/protocol";
import { bossIn, BOSS_SCHEMA } from "./openBoss.ts";
import type { PayloadSchema } from "./payloadSchema.ts";
import { parsePayload } from "./payloadSchema.ts";
import { priorityOf } from "./priorityOf.ts";
import type { QueueDeps } from "./queueDeps.ts";
import type { QueueName } from "./queues.ts";
import { DEAD_LETTERS } from "./queues.ts";
import type { Sql } from "./sql.ts";
import type { Members } from "./waiting.ts";
import { countWaiting, takeWaiting } from "./waiting.ts";
import { WAKE_CHANNEL } from "./wakeups.ts";
import type { Handler, WorkOptions } from "./work.ts";
import { workOn } from "./work.ts";

/** What is to be done for a request. */
export type NewItem<Payload> = {
  readonly key: RequestId;
  /** Seconds since 1970 by which it has to be done: nearest first. */
  readonly deadline: number;
  /** JSON as the queue's schema takes it. */
  readonly payload: Payload;
};

/** Whether an item was added, is there already, or is a dead letter that waits to be retried. */
export type Enqueued = "queued" | "present" | "dead";

/** One of the four queues; a request is in it at most once. */
export type Queue<Input, Payload> = {
  /**
   * Adds an item, together with what `tx` writes where one is given; a repeat changes nothing.
   *
   * @throws {QueueError} `PAYLOAD_INVALID`, `DATABASE_FAILED`.
   */
  readonly enqueue: (item: NewItem<Input>, tx?: Sql) => Promise<Enqueued>;
  /**
   * Adds an item whose request has come to this queue anew, from the step before: as `enqueue` does, but a dead letter of it, of an
   * earlier time, keeps it out no more and is dropped.
   *
   * @throws {QueueError} as `enqueue`.
   */
  readonly renew: (item: NewItem<Input>, tx?: Sql) => Promise<Exclude<Enqueued, "dead">>;
  /** Counts the items that wait with these members in their payload, up to `limit`. */
  readonly countWaiting: (members: Members, limit: number) => Promise<number>;
  /**
   * Takes the largest of `counts` waiting items with these members off the queue, nearest deadline first; none where fewer wait. They are
   * whose `tx` it is: what follows for them is written there.
   *
   * @throws {QueueError} `PAYLOAD_INVALID`, `DATABASE_FAILED`.
   */
  readonly takeWaiting: (
    members: Members,
    counts: readonly number[],
    tx: Sql,
  ) => Promise<readonly NewItem<Payload>[]>;
  /** Whether fewer items wait than the queue's bound: where not, take on nothing new. */
  readonly hasRoom: () => Promise<boolean>;
  /** Works until the signal aborts, then finishes what is under way. */
  readonly work: (handler: Handler<Payload>, options: WorkOptions) => Promise<void>;
};

/** Returns the queue `name`, whose payloads are what `schema` parses; both its sides are JSON or made from it. */
export function queueOf<Schema extends PayloadSchema>(
  name: QueueName,
  schema: Schema,
  deps: QueueDeps,
): Queue<Schema["_input"], Schema["_output"]> {
  const { boss, sql, room, now } = deps;

  async function add(
    { key, deadline, payload }: NewItem<Schema["_input"]>,
    tx: Sql,
  ): Promise<Exclude<Enqueued, "dead">> {
    const options = { singletonKey: key, priority: priorityOf(deadline, now()), db: bossIn(tx) };
    if ((await boss.send(name, { deadline, payload }, options)) === null) return "present";
    await tx.query("SELECT pg_notify($1, $2)", [WAKE_CHANNEL, name]);
    return "queued";
  }

  function parsed(item: NewItem<Schema["_input"]>): NewItem<Schema["_input"]> {
    parsePayload(name, schema, item.payload);
    return { ...item, key: parseRequestId(item.key) };
  }

  const parsePayloadOf = (payload: unknown): Schema["_output"] =>
    parsePayload(name, schema, payload);

  return {
    async enqueue(given, tx) {
      const item = parsed(given);
      return (tx ?? sql).transaction(async (it) =>
        (await isDead(name, item.key, it)) ? "dead" : add(item, it),
      );
    },
    async renew(given, tx) {
      const item = parsed(given);
      return (tx ?? sql).transaction(async (it) => {
        await it.query(`DELETE FROM ${BOSS_SCHEMA}.job WHERE ${IS_DEAD}`, deadBy(name, item.key));
        return add(item, it);
      });
    },
    async hasRoom() {
      const [row] = await sql.query(
        `SELECT count(*)::int AS waiting FROM (
           SELECT FROM ${BOSS_SCHEMA}.job WHERE name = $1 AND state < 'active' LIMIT $2
         ) AS waiting`,
        [name, room],
      );
      return Number(row?.["waiting"]) < room;
    },
    countWaiting: (members, limit) => countWaiting(name, members, limit, sql),
    takeWaiting: (members, counts, tx) => takeWaiting(name, members, counts, parsePayloadOf, tx),
    work: (handler, options) => workOn(name, parsePayloadOf, handler, options, deps),
  };
}

/** What was dead of a request in a queue, and waits for somebody to look. */
const IS_DEAD = "name = $1 AND state < 'active' AND source_name = $2 AND singleton_key = $3";

function deadBy(queue: QueueName, key: RequestId): readonly string[] {
  return [DEAD_LETTERS, queue, key];
}

async function isDead(queue: QueueName, key: RequestId, sql: Sql): Promise<boolean> {
  const found = await sql.query(
    `SELECT FROM ${BOSS_SCHEMA}.job WHERE ${IS_DEAD} LIMIT 1`,
    deadBy(queue, key),
  );
  return found.length > 0;
}
