import type { Hex } from "@vouch/protocol";
import type { BindLimits, BoundPayment } from "./bindWithin.ts";
import { bindWithin, databaseTime } from "./bindWithin.ts";
import { QueueError } from "./errors.ts";
import type { PaymentBinding, PaymentFacts, PaymentRecord, PaymentState } from "./paymentRow.ts";
import { PAYMENT_COLUMNS, bindingJson, paymentOf } from "./paymentRow.ts";
import type { Sql, SqlValue } from "./sql.ts";

/** Which open payments are looked for; a member that is absent leaves out none. */
export type OpenFilter = {
  /** The x402 scheme that they were bound under. */
  readonly scheme?: string;
  readonly states?: readonly ("verified" | "served")[];
};

/** Payments by x402; every promise that resolves is durable. */
export type Payments<Id extends Hex> = {
  readonly get: (id: Id) => Promise<PaymentRecord<Id> | undefined>;
  /** Inserts once: the record that is there already is returned as it is, whatever it is bound to. */
  readonly bind: (id: Id, binding: PaymentBinding) => Promise<PaymentRecord<Id>>;
  /** Inserts once where the payer's funds cover it beside all else that the payer owes, whoever else binds at the same time. */
  readonly bindWithin: (
    id: Id,
    binding: PaymentBinding,
    limits: BindLimits,
  ) => Promise<BoundPayment<Id>>;
  /** The database's time, in milliseconds since 1970: `BindLimits.since`. */
  readonly clock: () => Promise<number>;
  /**
   * Moves a payment from one of the states to another; where it is in none of them, nothing changes. Returns what is there then.
   *
   * @throws {QueueError} `PAYMENT_UNKNOWN`.
   */
  readonly transition: (
    id: Id,
    from: readonly PaymentState[],
    to: PaymentState,
    facts: PaymentFacts,
  ) => Promise<PaymentRecord<Id>>;
  /** What is verified or served: work that a crash left, oldest first. */
  readonly open: (filter?: OpenFilter) => Promise<readonly PaymentRecord<Id>[]>;
  /** How many `open` would return. */
  readonly count: (filter?: OpenFilter) => Promise<number>;
};

/** Returns the payments, by ids of the caller's type. */
export function payments<Id extends Hex = Hex>(sql: Sql): Payments<Id> {
  async function get(id: Id): Promise<PaymentRecord<Id> | undefined> {
    const [row] = await sql.query(`SELECT ${PAYMENT_COLUMNS} FROM vouch.payments WHERE id = $1`, [
      id,
    ]);
    return row === undefined ? undefined : paymentOf<Id>(row);
  }

  return {
    get,
    async bind(id, binding) {
      const [row] = await sql.query(
        `INSERT INTO vouch.payments AS p (id, binding, state) VALUES ($1, $2::jsonb, 'verified')
         ON CONFLICT (id) DO UPDATE SET state = p.state RETURNING ${PAYMENT_COLUMNS}`,
        [id, bindingJson(binding)],
      );
      return paymentOf<Id>(row);
    },
    async transition(id, from, to, facts) {
      const [row] = await sql.query(
        `UPDATE vouch.payments SET state = $3, facts = facts || $4::jsonb,
           captured_at = CASE WHEN $3 = 'captured' THEN clock_timestamp() END
         WHERE id = $1 AND state = ANY($2) RETURNING ${PAYMENT_COLUMNS}`,
        [id, [...from], to, JSON.stringify(facts)],
      );
      const record = row === undefined ? await get(id) : paymentOf<Id>(row);
      if (record === undefined) throw new QueueError({ code: "PAYMENT_UNKNOWN", payment: id });
      return record;
    },
    bindWithin: (id, binding, limits) => bindWithin(sql, id, binding, limits),
    clock: () => databaseTime(sql),
    async open(filter = {}) {
      const { where, values } = openWhere(filter);
      const rows = await sql.query(
        `SELECT ${PAYMENT_COLUMNS} FROM vouch.payments WHERE ${where} ORDER BY bound_at`,
        values,
      );
      return rows.map((row) => paymentOf<Id>(row));
    },
    async count(filter = {}) {
      const { where, values } = openWhere(filter);
      const [row] = await sql.query(
        `SELECT count(*)::integer AS open FROM vouch.payments WHERE ${where}`,
        values,
      );
      return Number(row?.["open"]);
    },
  };
}

/** The states are named twice: only by their literals is the index of open payments one for this. */
function openWhere({ scheme, states }: OpenFilter): {
  readonly where: string;
  readonly values: readonly SqlValue[];
} {
  const conditions = ["state IN ('verified', 'served')"];
  const values: SqlValue[] = [];
  if (scheme !== undefined) conditions.push(`scheme = $${values.push(scheme)}`);
  if (states !== undefined) conditions.push(`state = ANY($${values.push([...states])})`);
  return { where: conditions.join(" AND "), values };
}
