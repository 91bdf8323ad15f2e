import type { JobWithMetadata, PgBoss } from "pg-boss";
import { z } from "zod";
import { QueueError } from "./errors.ts";
import { affectedBy, bossIn, BOSS_SCHEMA } from "./openBoss.ts";
import type { QueueName } from "./queues.ts";
import { QUEUES } from "./queues.ts";
import type { Reason } from "./reasonOf.ts";
import type { Sql } from "./sql.ts";

/** What is stored of an item, beside its key. */
export const envelopeSchema = z.object({ deadline: z.number(), payload: z.unknown() });

/** An item that this process alone works on, until its heartbeat stops; `retryCount` fences it off from later attempts. */
export type Claim = {
  readonly id: string;
  readonly retryCount: number;
  readonly key: string;
  readonly createdOn: Date;
  readonly data: unknown;
};

/** Takes up to `count` items, nearest deadline first. */
export async function takeClaims(boss: PgBoss, queue: QueueName, count: number): Promise<Claim[]> {
  const options = { batchSize: count, includeMetadata: true } as const;
  const taken: JobWithMetadata<unknown>[] = await boss.fetch(queue, options);
  return taken.map(({ id, retryCount, singletonKey, createdOn, data }) => ({
    ...{ id, retryCount, key: singletonKey ?? id, createdOn, data },
  }));
}

/** Tells the others that the claims are alive; returns those that are lost. */
export async function touchClaims(
  boss: PgBoss,
  queue: QueueName,
  claims: readonly Claim[],
): Promise<readonly Claim[]> {
  const touched = await boss.touch(queue, [...claims]);
  if (affectedBy(touched) === claims.length) return [];
  const alive = await Promise.all(
    claims.map(async (claim) => affectedBy(await boss.touch(queue, claim)) === 1),
  );
  return claims.filter((_, index) => alive[index] === false);
}

/** Marks a claim done within `tx`, which fails as a whole where the claim is lost. */
export async function completeClaim(
  boss: PgBoss,
  queue: QueueName,
  claim: Claim,
  tx: Sql,
): Promise<void> {
  const done = await boss.complete(queue, claim, null, { db: bossIn(tx) });
  if (affectedBy(done) !== 1) throw new QueueError({ code: "CLAIM_LOST", queue, key: claim.key });
}

/** Puts a failed claim off, or among the dead letters where it failed too often or `isHopeless`. */
export async function failClaim(
  boss: PgBoss,
  queue: QueueName,
  claim: Claim,
  reason: Reason,
  { isHopeless, sql }: { readonly isHopeless: boolean; readonly sql: Sql },
): Promise<void> {
  await sql.transaction(async (tx) => {
    if (isHopeless) {
      await tx.query(
        `UPDATE ${BOSS_SCHEMA}.job SET retry_limit = retry_count
         WHERE name = $1 AND id = $2 AND retry_count = $3 AND state = 'active'`,
        [queue, claim.id, claim.retryCount],
      );
    }
    await boss.fail(queue, claim, reason, { db: bossIn(tx) });
  });
}

/** Gives a claim back as it was, to be taken again after `seconds`; it does not count as an attempt. */
export async function returnClaim(
  queue: QueueName,
  { id, retryCount }: Claim,
  seconds: number,
  sql: Sql,
): Promise<void> {
  await sql.query(
    `UPDATE ${BOSS_SCHEMA}.job SET
       state = CASE WHEN retry_count > 0 THEN 'retry' ELSE 'created' END::${BOSS_SCHEMA}.job_state,
       started_on = CASE WHEN retry_count > 0 THEN started_on END,
       retry_count = greatest(retry_count - 1, 0),
       heartbeat_on = NULL,
       start_after = now() + $4 * interval '1 second'
     WHERE name = $1 AND id = $2 AND retry_count = $3 AND state = 'active'`,
    [queue, id, retryCount, seconds],
  );
}

/** Fails what a process that is gone had taken, where this one is the only one: nobody else can have it. */
export async function failAbandoned(boss: PgBoss, sql: Sql): Promise<void> {
  const rows = await sql.query(
    `SELECT name, id, retry_count FROM ${BOSS_SCHEMA}.job WHERE state = 'active' AND name = ANY($1)`,
    [[...QUEUES]],
  );
  for (const row of rows) {
    const attempt = { id: String(row["id"]), retryCount: Number(row["retry_count"]) };
    await boss.fail(String(row["name"]), attempt, {
      code: "PROCESS_ENDED",
      message: "its process ended in the middle of it",
    } satisfies Reason);
  }
}
