import type { Hex } from "@vouch/protocol";
import { z } from "zod";
import type { PaymentRecord } from "./paymentRow.ts";
import { PAYMENT_COLUMNS, paymentOf } from "./paymentRow.ts";
import type { Sql } from "./sql.ts";

const hex = z.custom<Hex>((it) => typeof it === "string" && /^0x[0-9a-f]*$/.test(it));

const postedSchema = z.object({
  /** As the ledger names it. */
  batch: z.coerce.bigint(),
  /** Seconds since 1970. */
  postedAt: z.number(),
  block: z.number(),
  transaction: hex,
});

/** Where a batch is on the chain. */
export type PostedBatch = Readonly<z.output<typeof postedSchema>>;

/** Vouchers that are settled under one root. */
export type PlannedBatch = {
  readonly root: Hex;
  readonly ledger: Hex;
  readonly count: number;
  /** Wei that its posting sends along: what was missing of its bond when it was sealed. */
  readonly bond: bigint;
  /** What its posting carries behind the call: a hash of its records. */
  readonly note: Hex | null;
  /** The chain's height when the first of its vouchers was bound: nothing of it is on the chain before. */
  readonly fromBlock: number;
};

/**
 * A batch that is kept. `attempt` tells the transactions of one step apart, `posting` those that post it: what becomes of claims must not
 * have a batch posted again that a node has merely not seen, whose second bond nobody would ask back.
 */
export type VoucherBatch = PlannedBatch & {
  readonly attempt: number;
  readonly posting: number;
  /** Seconds since it was sealed. */
  readonly age: number;
  readonly posted: PostedBatch | null;
};

/** A voucher's place in its batch. */
export type PlannedItem<Id extends Hex> = {
  readonly payment: Id;
  readonly index: number;
  readonly leaf: Hex;
  readonly outputHash: Hex;
  readonly amount: bigint;
  /** `packAssurance` of what can be proven. */
  readonly claimed: Hex;
  /** Content address of the full record, where there is one. */
  readonly record: string | null;
};

/** A voucher's place, and the payment that it is. */
export type BatchedVoucher<Id extends Hex> = PlannedItem<Id> & { readonly paid: PaymentRecord<Id> };

/** Vouchers and the batches that they are settled in; every promise that resolves is durable. */
export type VoucherBatches<Id extends Hex> = {
  /** Those that are served and in no batch, oldest first, and the seconds since the oldest was bound. */
  readonly waiting: (
    ledger: Hex,
    limit: number,
  ) => Promise<{ readonly records: readonly PaymentRecord<Id>[]; readonly seconds: number }>;
  /** Puts vouchers into a batch, all or none; throws `DATABASE_FAILED` where one is in another. */
  readonly seal: (batch: PlannedBatch, items: readonly PlannedItem<Id>[]) => Promise<void>;
  /** Batches that are not closed, oldest first. */
  readonly open: (ledger: Hex) => Promise<readonly VoucherBatch[]>;
  /** All items of a batch, by index. */
  readonly items: (root: Hex) => Promise<readonly BatchedVoucher<Id>[]>;
  /** The batch that a voucher is in, and its place there. */
  readonly find: (
    payment: Id,
  ) => Promise<{ readonly batch: VoucherBatch; readonly item: BatchedVoucher<Id> } | undefined>;
  /** The leaves of a batch, by index. */
  readonly leaves: (root: Hex) => Promise<readonly Hex[]>;
  /** Notes where a batch is; `null` where a reorganisation took it. */
  readonly notePosted: (root: Hex, posted: PostedBatch | null) => Promise<void>;
  /**
   * A transaction of that attempt at a batch came to nothing: the next one is another. Nothing changes where another process, which saw
   * the same, has said so: what it has sent since must not be sent once more beside it.
   */
  readonly nextAttempt: (batch: Pick<VoucherBatch, "root" | "attempt">) => Promise<void>;
  /** As `nextAttempt`, of a posting. */
  readonly nextPosting: (batch: Pick<VoucherBatch, "root" | "posting">) => Promise<void>;
  readonly close: (root: Hex) => Promise<void>;
  /** Whose vouchers in a token were ever paid by the ledger. */
  readonly payers: (ledger: Hex, asset: Hex) => Promise<readonly Hex[]>;
};

const batchSchema = z
  .object({
    root: hex,
    ledger: hex,
    count: z.number(),
    bond: z.coerce.bigint(),
    note: hex.nullable(),
    from_block: z.coerce.number(),
    attempt: z.number(),
    posting: z.number(),
    age: z.number(),
    posted: postedSchema.nullable(),
  })
  .transform(({ from_block: fromBlock, ...rest }): VoucherBatch => ({ ...rest, fromBlock }));

const itemSchema = z.object({
  index: z.number(),
  leaf: hex,
  output_hash: hex,
  amount: z.coerce.bigint(),
  claimed: hex,
  record: z.string().nullable(),
});

const COLUMNS =
  "root, ledger, count, bond, note, from_block, attempt, posting, posted, extract(epoch FROM now() - sealed_at)::float AS age";

/** Returns vouchers and their batches, beside `payments` of the same database. */
export function voucherBatches<Id extends Hex = Hex>(sql: Sql): VoucherBatches<Id> {
  const batchesOf = async (where: string, value: Hex): Promise<VoucherBatch[]> => {
    const rows = await sql.query(
      `SELECT ${COLUMNS} FROM vouch.voucher_batches WHERE ${where} ORDER BY sealed_at`,
      [value],
    );
    return rows.map((row) => batchSchema.parse(row));
  };

  const itemsOf = async (where: string, value: Hex): Promise<BatchedVoucher<Id>[]> => {
    const rows = await sql.query(
      `SELECT i.index, i.leaf, i.output_hash, i.amount, i.claimed, i.record, p.id, p.binding, p.state, p.facts
       FROM vouch.batch_items i JOIN vouch.payments p ON p.id = i.payment WHERE ${where} ORDER BY i.index`,
      [value],
    );
    return rows.map((row) => {
      const { output_hash: outputHash, ...rest } = itemSchema.parse(row);
      const paid = paymentOf<Id>(row);
      return { ...rest, outputHash, payment: paid.id, paid };
    });
  };

  return {
    async waiting(ledger, limit) {
      const rows = await sql.query(
        `SELECT ${PAYMENT_COLUMNS}, extract(epoch FROM now() - bound_at)::float AS seconds
         FROM vouch.payments p WHERE state = 'served' AND binding->>'payTo' = $1
           AND NOT EXISTS (SELECT 1 FROM vouch.batch_items i WHERE i.payment = p.id)
         ORDER BY bound_at, id LIMIT $2`,
        [ledger, limit],
      );
      const records = rows.map((row) => paymentOf<Id>(row));
      return { records, seconds: Number(rows[0]?.["seconds"] ?? 0) };
    },
    seal: (batch, items) =>
      sql.transaction(async (tx) => {
        const { root, ledger, count, bond, note, fromBlock } = batch;
        await tx.query(
          `INSERT INTO vouch.voucher_batches (root, ledger, count, bond, note, from_block)
           VALUES ($1, $2, $3, $4, $5, $6)`,
          [root, ledger, count, bond.toString(), note, fromBlock],
        );
        await tx.query(
          `INSERT INTO vouch.batch_items (payment, root, index, leaf, output_hash, amount, claimed, record)
           SELECT it->>'payment', $1, (it->>'index')::integer, it->>'leaf', it->>'outputHash', it->>'amount',
             it->>'claimed', it->>'record' FROM jsonb_array_elements($2::jsonb) AS it`,
          [root, JSON.stringify(items.map((it) => ({ ...it, amount: it.amount.toString() })))],
        );
      }),
    open: (ledger) => batchesOf("NOT closed AND ledger = $1", ledger),
    items: (root) => itemsOf("i.root = $1", root),
    async find(payment) {
      const [item] = await itemsOf("i.payment = $1", payment);
      if (item === undefined) return undefined;
      const where = "root = (SELECT root FROM vouch.batch_items WHERE payment = $1)";
      const [batch] = await batchesOf(where, payment);
      return batch === undefined ? undefined : { batch, item };
    },
    async leaves(root) {
      const rows = await sql.query(
        "SELECT leaf FROM vouch.batch_items WHERE root = $1 ORDER BY index",
        [root],
      );
      return rows.map((row) => hex.parse(row["leaf"]));
    },
    async notePosted(root, posted) {
      const json =
        posted === null ? null : JSON.stringify({ ...posted, batch: posted.batch.toString() });
      await sql.query("UPDATE vouch.voucher_batches SET posted = $2::jsonb WHERE root = $1", [
        root,
        json,
      ]);
    },
    async nextAttempt({ root, attempt }) {
      await sql.query(
        "UPDATE vouch.voucher_batches SET attempt = attempt + 1 WHERE root = $1 AND attempt = $2",
        [root, attempt],
      );
    },
    async nextPosting({ root, posting }) {
      await sql.query(
        "UPDATE vouch.voucher_batches SET posting = posting + 1 WHERE root = $1 AND posting = $2",
        [root, posting],
      );
    },
    async payers(ledger, asset) {
      const rows = await sql.query(
        `SELECT DISTINCT binding->>'payer' AS payer FROM vouch.payments
         WHERE state = 'captured' AND binding->>'payTo' = $1 AND binding->>'asset' = $2 ORDER BY payer`,
        [ledger, asset],
      );
      return rows.map((row) => hex.parse(row["payer"]));
    },
    async close(root) {
      await sql.query("UPDATE vouch.voucher_batches SET closed = true WHERE root = $1", [root]);
    },
  };
}
