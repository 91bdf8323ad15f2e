import type {
  Generation,
  Policy,
  Receipt,
  ReleaseId,
  RequestId,
  TextRequest,
} from "@vouch/protocol";

/** What is asked of whom runs releases, whatever their kind. */
export type Ask = {
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
export type AnswerDelta =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "end"; readonly generation: Generation; readonly receipt: Receipt };

/**
 * Runs releases and signs for their answers, at once and for good: requests that no chain knows. It is what a gateway knows of
 * execution; errors are known to it by their `code`.
 */
export type Answerer = {
  readonly infer: (ask: InferAsk) => Promise<Receipt>;
  /** Who stops reading stops the generation, and nothing is signed for it. */
  readonly text: (ask: TextAsk) => AsyncIterable<AnswerDelta>;
};
