import type { Hex, RequestId } from "@vouch/protocol";

/** What an operator answered to a request, and what supports it so far. */
export type StoredAnswer = {
  /** Words of the output. */
  readonly words: readonly bigint[];
  /** Evidence by its kind, as contracts take it. */
  readonly evidence: ReadonlyMap<string, string>;
};

/**
 * Answers that are given once: whoever comes second gets what the first one wrote. `@vouch/queue` keeps them for good; what a
 * process alone keeps ends with it, and is made again, the same.
 */
export type Answers = {
  readonly get: (request: RequestId) => Promise<StoredAnswer | undefined>;
  /** Returns the words that are on record. */
  readonly put: (request: RequestId, words: readonly bigint[]) => Promise<readonly bigint[]>;
  /** Returns the evidence of that kind that is on record. */
  readonly putEvidence: (request: RequestId, kind: string, data: Hex) => Promise<string>;
  /** Forgets evidence of that kind, where it still is `data`. */
  readonly dropEvidence: (request: RequestId, kind: string, data: string) => Promise<void>;
};

/** Answers that end with their process. */
export function memoryAnswers(): Answers {
  const answers = new Map<RequestId, { words: readonly bigint[]; evidence: Map<string, Hex> }>();
  const at = (request: RequestId): { words: readonly bigint[]; evidence: Map<string, Hex> } => {
    const answer = answers.get(request);
    if (answer === undefined) throw new TypeError(`evidence for ${request}, which has no answer`);
    return answer;
  };
  return {
    get: (request) => Promise.resolve(answers.get(request)),
    put(request, words) {
      if (!answers.has(request)) answers.set(request, { words, evidence: new Map() });
      return Promise.resolve(at(request).words);
    },
    putEvidence(request, kind, data) {
      const { evidence } = at(request);
      if (!evidence.has(kind)) evidence.set(kind, data);
      return Promise.resolve(evidence.get(kind) ?? data);
    },
    dropEvidence(request, kind, data) {
      const { evidence } = at(request);
      if (evidence.get(kind) === data) evidence.delete(kind);
      return Promise.resolve();
    },
  };
}
