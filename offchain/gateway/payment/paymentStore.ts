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

/** Which open payments are looked for; a member that is absent leaves out none. */
export type OpenFilter = {
  /** An x402 scheme. */
  readonly scheme?: string;
  readonly states?: readonly ("verified" | "served")[];
};

/** Up to what a payment may be bound. */
export type BindLimits = {
  /** Which of the payer's payments in the token draw on the same funds: those of a scheme, or those to one payee. */
  readonly among: { readonly scheme: string } | { readonly payTo: Hex };
  /** Smallest units that the payer has there, as the chain says. */
  readonly funds: bigint;
  /** The store's `clock`, asked before the funds were: what was captured since may be in them still, and counts as owed. */
  readonly since: number;
  /** Most of these payments that may be open. */
  readonly most?: number;
};

/** What became of a payment that was to be bound. */
export type BoundPayment =
  | { readonly kind: "bound"; readonly record: PaymentRecord }
  /** What the payer owes beside it leaves too little of the funds. */
  | { readonly kind: "exceeded"; readonly owed: bigint }
  /** As many are open as may be. */
  | { readonly kind: "crowded"; readonly owed: bigint };

/** Where payments are kept; every promise that resolves is durable. */
export type PaymentStore = {
  readonly get: (id: PaymentId) => Promise<PaymentRecord | undefined>;
  /** Inserts once: the record that is there already is returned as it is. */
  readonly bind: (id: PaymentId, binding: PaymentBinding) => Promise<PaymentRecord>;
  /**
   * Inserts once where the payer's funds cover it beside all else that the payer owes, whoever else binds at the same time, and in
   * whichever process. The record that is there already is returned as it is.
   */
  readonly bindWithin: (
    id: PaymentId,
    binding: PaymentBinding,
    limits: BindLimits,
  ) => Promise<BoundPayment>;
  /** The store's time, in milliseconds since 1970. */
  readonly clock: () => Promise<number>;
  /** Moves a payment from one of the states to another; where it is in none of them, nothing changes. Returns what is there then. */
  readonly transition: (
    id: PaymentId,
    from: readonly PaymentState[],
    to: PaymentState,
    facts: PaymentFacts,
  ) => Promise<PaymentRecord>;
  /** What is verified or served: work that a crash left, oldest first. */
  readonly open: (filter?: OpenFilter) => Promise<readonly PaymentRecord[]>;
  /** How many `open` would return. */
  readonly count: (filter?: OpenFilter) => Promise<number>;
};
