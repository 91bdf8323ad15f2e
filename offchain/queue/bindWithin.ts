import type { Hex } from "@vouch/protocol";
import { z } from "zod";
import type { PaymentBinding, PaymentRecord } from "./paymentRow.ts";
import { PAYMENT_COLUMNS, bindingJson, paymentOf } from "./paymentRow.ts";
import type { Sql, SqlValue } from "./sql.ts";

/** Up to what a payment may be bound. */
export type BindLimits = {
  /** Which of the payer's payments in the token draw on the same funds: those of an x402 scheme, or those to one payee. */
  readonly among: { readonly scheme: string } | { readonly payTo: Hex };
  /** Smallest units that the payer has there, as the chain says. */
  readonly funds: bigint;
  /**
   * `Payments.clock`, asked before the funds were. What was captured since may be in the funds still, and counts as owed: else a payment
   * that is taken between both would be seen by neither.
   */
  readonly since: number;
  /** Most of these payments that may be open. */
  readonly most?: number;
};

/** What became of a payment that was to be bound. */
export type BoundPayment<Id extends Hex> =
  /** It is there, now or since earlier; then as it was bound first. */
  | { readonly kind: "bound"; readonly record: PaymentRecord<Id> }
  /** What the payer owes beside it leaves too little of the funds. */
  | { readonly kind: "exceeded"; readonly owed: bigint }
  /** As many are open as may be. */
  | { readonly kind: "crowded"; readonly owed: bigint };

const sumSchema = z.object({ owed: z.coerce.bigint(), crowded: z.boolean() });

/** Returns the database's time, in milliseconds since 1970. */
export async function databaseTime(sql: Sql): Promise<number> {
  const [row] = await sql.query(
    "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float AS now",
  );
  return z.number().parse(row?.["now"]);
}

/** @see Payments.bindWithin */
export function bindWithin<Id extends Hex>(
  sql: Sql,
  id: Id,
  binding: PaymentBinding,
  { among, funds, since, most }: BindLimits,
): Promise<BoundPayment<Id>> {
  const { payer, asset, amount } = binding;
  const [column, value] =
    "scheme" in among ? ["scheme", among.scheme] : ["binding->>'payTo'", among.payTo];
  const drawn = `${column} = $3 AND binding->>'payer' = $4 AND binding->>'asset' = $5`;
  return sql.transaction(async (tx) => {
    // One after the other for a payer, also from other processes: the sum is what is decided on. Behind the lock, and not with it, is a
    // statement that sees what was bound meanwhile.
    await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [
      `${value}:${payer}:${asset}`,
    ]);
    const values: SqlValue[] = [id, bindingJson(binding), value, payer, asset];
    const [row] = await tx.query(
      `WITH known AS (SELECT ${PAYMENT_COLUMNS} FROM vouch.payments WHERE id = $1),
       owing AS (
         SELECT coalesce(sum((binding->>'amount')::numeric), 0) AS owed, count(*) AS many
         FROM vouch.payments WHERE state IN ('verified', 'served') AND ${drawn}
       ), passing AS (
         SELECT coalesce(sum((binding->>'amount')::numeric), 0) AS owed FROM vouch.payments
         WHERE state = 'captured' AND captured_at >= to_timestamp($6::float / 1000) AND ${drawn}
       ), sums AS (
         SELECT owing.owed + passing.owed AS owed, many >= coalesce($7::bigint, many + 1) AS crowded
         FROM owing, passing
       ), fresh AS (
         INSERT INTO vouch.payments (id, binding, state) SELECT $1, $2::jsonb, 'verified' FROM sums
         WHERE NOT EXISTS (SELECT FROM known) AND NOT crowded AND owed + $8::numeric <= $9::numeric
         RETURNING ${PAYMENT_COLUMNS}
       )
       SELECT sums.owed::text AS owed, sums.crowded, it.* FROM sums
       LEFT JOIN (SELECT * FROM known UNION ALL SELECT * FROM fresh) AS it ON true`,
      [...values, since, most ?? null, amount.toString(), funds.toString()],
    );
    if (typeof row?.["id"] === "string") return { kind: "bound", record: paymentOf<Id>(row) };
    const { owed, crowded } = sumSchema.parse(row);
    return { kind: crowded ? "crowded" : "exceeded", owed };
  });
}
