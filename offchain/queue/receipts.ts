import type { Hex, RequestId } from "@vouch/protocol";
import { z } from "zod";
import type { Sql } from "./sql.ts";

/** An answer that was given by HTTP, as it is given again. */
export type StoredReceipt<Payment extends Hex> = {
  /** JSON of the receipt. */
  readonly receipt: string;
  /** Seconds since 1970. */
  readonly created: number;
  /** What pays for it; `null` where nobody does. */
  readonly payment: Payment | null;
};

/** Receipts of answers by HTTP, by their request; every promise that resolves is durable. */
export type Receipts<Payment extends Hex> = {
  readonly get: (request: RequestId) => Promise<StoredReceipt<Payment> | undefined>;
  /** Inserts once: what is there already stays. */
  readonly put: (request: RequestId, stored: StoredReceipt<Payment>) => Promise<void>;
  /**
   * Deletes receipts that were created before `before` (seconds since 1970), oldest first and `limit` at most; those whose payment is
   * not settled stay, for settling verifies them. Returns how many.
   */
  readonly prune: (before: number, limit: number) => Promise<number>;
  /**
   * Deletes receipts that nobody paid for, oldest first and `limit` at most, until those that stay take no more than so many bytes, as
   * the database keeps them. Returns how many.
   */
  readonly pruneFree: (bytes: number, limit: number) => Promise<number>;
};

const rowSchema = z.object({
  receipt: z.string(),
  created: z.coerce.number(),
  payment: z.string().nullable(),
});

/** Returns the receipts, whose payments have ids of the caller's type. */
export function receipts<Payment extends Hex = Hex>(sql: Sql): Receipts<Payment> {
  return {
    async get(request) {
      const [row] = await sql.query(
        "SELECT receipt, created, payment FROM vouch.receipts WHERE request = $1",
        [request],
      );
      return row === undefined ? undefined : (rowSchema.parse(row) as StoredReceipt<Payment>);
    },
    async put(request, { receipt, created, payment }) {
      await sql.query(
        `INSERT INTO vouch.receipts (request, receipt, created, payment) VALUES ($1, $2, $3, $4)
         ON CONFLICT (request) DO NOTHING`,
        [request, receipt, created, payment],
      );
    },
    async prune(before, limit) {
      const rows = await sql.query(
        `DELETE FROM vouch.receipts WHERE request IN (
           SELECT request FROM vouch.receipts r WHERE created < $1 AND NOT EXISTS (
             SELECT FROM vouch.payments p WHERE p.id = r.payment AND p.state IN ('verified', 'served')
           ) ORDER BY created LIMIT $2
         ) RETURNING request`,
        [before, limit],
      );
      return rows.length;
    },
    async pruneFree(bytes, limit) {
      const rows = await sql.query(
        `DELETE FROM vouch.receipts WHERE request IN (
           SELECT request FROM (
             SELECT request, created, sum(pg_column_size(receipt)) OVER (ORDER BY created DESC, request) AS kept
             FROM vouch.receipts WHERE payment IS NULL
           ) AS free WHERE kept > $1 ORDER BY created, request DESC LIMIT $2
         ) RETURNING request`,
        [bytes, limit],
      );
      return rows.length;
    },
  };
}
