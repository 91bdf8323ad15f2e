import type { Generation, PaymentId, Receipt, RequestId } from "@vouch/protocol";

/** Who answers, and what it is asked: a gateway knows nothing else of execution (errors: see `answererRefusals.ts`). */
export type { Answerer, InferAsk, TextAsk } from "@vouch/execution";

/** An answer that was given, as it is given again to who asks again. */
export type StoredAnswer = {
  readonly receipt: Receipt;
  /** `null` for a tensor: its output is in the receipt. */
  readonly generation: Generation | null;
  /** Seconds since 1970. */
  readonly created: number;
  /** `null` where nobody pays. */
  readonly payment: PaymentId | null;
};

/** Where answers are kept by their request's id; `put` is durable when it resolves, and the first one stays. */
export type ReceiptStore = {
  readonly get: (request: RequestId) => Promise<StoredAnswer | undefined>;
  readonly put: (request: RequestId, answer: StoredAnswer) => Promise<void>;
};
