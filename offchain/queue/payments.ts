import type { Hex, RequestId } from "@vouch/protocol";
import { z } from "zod";
import { QueueError } from "./errors.ts";
import type { Sql } from "./sql.ts";

const STATES = ["verified", "served", "captured", "voided", "failed"] as const;

/**
 * Where a payment stands: `verified` holds and pays for one request, `served` was answered and is owed, `captured` is on
 * the chain, `voided` was never owed or never will be taken, `failed` is owed and cannot be taken.
 */
export type PaymentState = (typeof STATES)[number];

const hex = z.custom<Hex>((it) => typeof it === "string" && /^0x[0-9a-f]*$/.test(it));

const bindingSchema = z.object({
  request: z.custom<RequestId>((it) => hex.safeParse(it).success),
  resource: z.string(),
  policyHash: hex,
  payer: hex,
  payTo: hex,
  asset: hex,
  nonce: hex,
  /** Smallest units of the asset; decimal text in the table. */
  amount: z.coerce.bigint(),
  /** Seconds since 1970 from which the token takes the authorization no more. */
  validBefore: z.number(),
  /** The chain's height when it was bound: nothing before it took this payment. */
  fromBlock: z.number(),
  /** JSON of what the client signed and of the requirements that it met, as a facilitator takes them. */
  terms: z.string(),
});

/** What a payment pays for, for ever, and all that is needed to take it after a crash. */
export type PaymentBinding = Readonly<z.output<typeof bindingSchema>>;

/** What became known of a payment since it was bound. */
export type PaymentFacts = {
  /** Hash of the transaction that took it. */
  readonly transaction?: Hex;
  /** Why it was voided or failed: a code. */
  readonly reason?: string;
};

/** `id` is a hash of chain, asset, payer and nonce. */
export type PaymentRecord<Id extends Hex> = {
  readonly id: Id;
  readonly binding: PaymentBinding;
  readonly state: PaymentState;
  readonly facts: PaymentFacts;
};

/** Payments by x402; every promise that resolves is durable. */
export type Payments<Id extends Hex> = {
  readonly get: (id: Id) => Promise<PaymentRecord<Id> | undefined>;
  /** Inserts once: the record that is there already is returned as it is, whatever it is bound to. */
  readonly bind: (id: Id, binding: PaymentBinding) => Promise<PaymentRecord<Id>>;
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
  readonly open: () => Promise<readonly PaymentRecord<Id>[]>;
};

const factsSchema = z
  .object({ transaction: hex, reason: z.string() })
  .partial()
  .transform(({ transaction, reason }): PaymentFacts => ({
    ...(transaction === undefined ? {} : { transaction }),
    ...(reason === undefined ? {} : { reason }),
  }));

const rowSchema = z.object({
  id: hex,
  binding: bindingSchema,
  state: z.enum(STATES),
  facts: factsSchema,
});

/** What `paymentOf` reads of a row. */
export const PAYMENT_COLUMNS = "id, binding, state, facts";

/** Returns the payment of a row. */
export function paymentOf<Id extends Hex>(row: unknown): PaymentRecord<Id> {
  return rowSchema.parse(row) as PaymentRecord<Id>;
}

/** Returns a binding as the table has it. */
export function bindingJson(binding: PaymentBinding): string {
  return JSON.stringify({ ...binding, amount: binding.amount.toString() });
}

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
        `UPDATE vouch.payments SET state = $3, facts = facts || $4::jsonb
         WHERE id = $1 AND state = ANY($2) RETURNING ${PAYMENT_COLUMNS}`,
        [id, [...from], to, JSON.stringify(facts)],
      );
      const record = row === undefined ? await get(id) : paymentOf<Id>(row);
      if (record === undefined) throw new QueueError({ code: "PAYMENT_UNKNOWN", payment: id });
      return record;
    },
    async open() {
      const rows = await sql.query(
        `SELECT ${PAYMENT_COLUMNS} FROM vouch.payments WHERE state IN ('verified', 'served') ORDER BY bound_at`,
      );
      return rows.map((row) => paymentOf<Id>(row));
    },
  };
}
