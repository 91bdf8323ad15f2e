import type { Receipt, RequestId } from "@vouch/protocol";
import type { Judge } from "../planAnswer.ts";
import type { Producible } from "../planEvidence.ts";

/** An answer on its way to the chain. */
export type StoredAnswer = {
  /** With the evidence that is there by now. */
  readonly receipt: Receipt;
  /** Kinds of evidence that it is to carry. */
  readonly plan: readonly Producible[];
  /** Who decides a challenge of it; none where it is final at once. */
  readonly judge: Judge | undefined;
};

/** Answers by their request. Whatever is lost of them is made again, the same: they save work. */
export type Answers = {
  readonly load: (id: RequestId) => Promise<StoredAnswer | undefined>;
  readonly save: (id: RequestId, answer: StoredAnswer) => Promise<void>;
  readonly drop: (id: RequestId) => Promise<void>;
};

/** Answers that end with their process. */
export function memoryAnswers(): Answers {
  const answers = new Map<RequestId, StoredAnswer>();
  return {
    load: (id) => Promise.resolve(answers.get(id)),
    save(id, answer) {
      answers.set(id, answer);
      return Promise.resolve();
    },
    drop(id) {
      answers.delete(id);
      return Promise.resolve();
    },
  };
}
