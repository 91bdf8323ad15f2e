import type { Hex, RequestId } from "@vouch/protocol";
import { z } from "zod";

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
