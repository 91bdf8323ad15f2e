import { z } from "zod";
import { QueueError } from "./errors.ts";
import type { Sql } from "./sql.ts";

/** The right to send for a key until it is missed; `fence` grows with every holder. */
export type Lease = { readonly key: string; readonly holder: string; readonly fence: bigint };

const fenceSchema = z.object({ fence: z.coerce.bigint() });

/**
 * Takes the lease of `key`, or goes on with it where `holder` has it, for so many seconds of the database's clock; undefined
 * where another process has it. `holder` names the process, and none after it: a restart is another holder.
 */
export async function takeLease(
  sql: Sql,
  key: string,
  holder: string,
  seconds: number,
): Promise<Lease | undefined> {
  const [row] = await sql.query(
    `INSERT INTO vouch.leases AS lease (key, holder, fence, until)
     VALUES ($1, $2, 1, clock_timestamp() + $3 * interval '1 second')
     ON CONFLICT (key) DO UPDATE SET
       holder = excluded.holder,
       fence = lease.fence + CASE WHEN lease.holder = excluded.holder THEN 0 ELSE 1 END,
       until = excluded.until
     WHERE lease.holder = excluded.holder OR lease.until < clock_timestamp()
     RETURNING fence`,
    [key, holder, seconds],
  );
  return row === undefined ? undefined : { key, holder, fence: fenceSchema.parse(row).fence };
}

/**
 * Keeps the lease for so many seconds more, even a late one where nobody took it meanwhile.
 *
 * @throws {QueueError} `LEASE_LOST`.
 */
export async function renewLease(sql: Sql, lease: Lease, seconds: number): Promise<void> {
  const { key, holder, fence } = lease;
  const kept = await sql.query(
    `UPDATE vouch.leases SET until = clock_timestamp() + $4 * interval '1 second'
     WHERE key = $1 AND holder = $2 AND fence = $3 RETURNING key`,
    [key, holder, fence.toString(), seconds],
  );
  if (kept.length === 0) throw new QueueError({ code: "LEASE_LOST", key, holder });
}

/** Gives the lease up: whoever comes next need not wait for its end. */
export async function releaseLease(sql: Sql, { key, holder, fence }: Lease): Promise<void> {
  await sql.query(
    "UPDATE vouch.leases SET until = '-infinity' WHERE key = $1 AND holder = $2 AND fence = $3",
    [key, holder, fence.toString()],
  );
}

/**
 * Returns `sql` for the holder of the lease alone: a process that slept through its end writes nothing any more, whatever it
 * believes. Every statement throws `LEASE_LOST` once another has taken it, and none can take it within a transaction.
 */
export function fenced(sql: Sql, lease: Lease): Sql {
  const { key, holder, fence } = lease;
  const transaction: Sql["transaction"] = (action) =>
    sql.transaction(async (tx) => {
      const held = await tx.query(
        "SELECT FROM vouch.leases WHERE key = $1 AND holder = $2 AND fence = $3 FOR SHARE",
        [key, holder, fence.toString()],
      );
      if (held.length === 0) throw new QueueError({ code: "LEASE_LOST", key, holder });
      return action(tx);
    });
  return { query: (text, values) => transaction((tx) => tx.query(text, values)), transaction };
}
