import type { Hex, PaymentId, RequestId } from "@vouch/protocol";

/**
 * Where a payment stands: `verified` holds and pays for one request, `served` was answered and is owed, `captured` is on
 * the chain, `voided` was never owed or never will be taken, `failed` is owed and cannot be taken.
 */
export type PaymentState = "verified" | "served" | "captured" | "voided" | "failed";

/** What a payment pays for, for ever, and all that is needed to take it after a crash. */
export type PaymentBinding = {
  readonly request: RequestId;
  readonly resource: string;
  readonly policyHash: Hex;
  readonly payer: Hex;
  readonly payTo: Hex;
  readonly asset: Hex;
  readonly nonce: Hex;
  /** Smallest units of the asset. */
  readonly amount: bigint;
  /** Seconds since 1970 from which the token takes the authorization no more. */
  readonly validBefore: number;
  /** The chain's height when it was bound: nothing before it took this payment. */
  readonly fromBlock: number;
  /** JSON of what the client signed and of the requirements that it met, as a facilitator takes them. */
  readonly terms: string;
};

/** What became known of a payment since it was bound. */
export type PaymentFacts = {
  /** Hash of the transaction that took it. */
  readonly transaction?: Hex;
  /** Why it was voided or failed: a code. */
  readonly reason?: string;
};

export type PaymentRecord = {
  readonly id: PaymentId;
  readonly binding: PaymentBinding;
  readonly state: PaymentState;
  readonly facts: PaymentFacts;
};

/** Where payments are kept; every promise that resolves is durable. */
export type PaymentStore = {
  readonly get: (id: PaymentId) => Promise<PaymentRecord | undefined>;
  /** Inserts once: the record that is there already is returned as it is. */
  readonly bind: (id: PaymentId, binding: PaymentBinding) => Promise<PaymentRecord>;
  /** Moves a payment from one of the states to another; where it is in none of them, nothing changes. Returns what is there then. */
  readonly transition: (
    id: PaymentId,
    from: readonly PaymentState[],
    to: PaymentState,
    facts: PaymentFacts,
  ) => Promise<PaymentRecord>;
  /** What is verified or served: work that a crash left. */
  readonly open: () => Promise<readonly PaymentRecord[]>;
};
