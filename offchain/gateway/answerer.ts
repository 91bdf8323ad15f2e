import type {
  Generation,
  PaymentId,
  Policy,
  Receipt,
  ReleaseId,
  RequestId,
  TextRequest,
} from "@vouch/protocol";

/** What is asked of whom runs releases, whatever their kind. */
type Ask = {
  readonly release: ReleaseId;
  readonly policy: Policy;
  /** The statement's: who is asked twice for one gives the same answer. */
  readonly requestId: RequestId;
  readonly signal: AbortSignal;
};

/** A tensor to run a release on, as words (docs/statement.md, section 2). */
export type InferAsk = Ask & { readonly input: readonly bigint[] };

/** A text to generate. */
export type TextAsk = Ask & { readonly request: TextRequest };

/** A piece of text as it comes, and in the end the whole with its receipt. */
export type TextDelta =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "end"; readonly generation: Generation; readonly receipt: Receipt };

/**
 * Runs releases and signs for their answers; a gateway knows nothing else of execution. Errors are known by their `code`
 * (see `answererRefusals.ts`): what the requester can mend, and everything else.
 */
export type Answerer = {
  readonly infer: (ask: InferAsk) => Promise<Receipt>;
  readonly text: (ask: TextAsk) => AsyncIterable<TextDelta>;
};

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
