import type { ProvableModel } from "@vouch/compiler";
import { batchModel, committedEstimate, constraintEstimate, DEFAULT_BUDGET } from "@vouch/compiler";
import type { SingleCircuit } from "@vouch/protocol";
import {
  isBatchSize,
  MAX_BATCH_CIRCUITS,
  MAX_BATCH_INFERENCES,
  MAX_BATCH_WORDS,
  MAX_RECORD_BYTES,
  MIN_BATCH_INFERENCES,
  recordBytes,
  wordCount,
} from "@vouch/protocol";
import { PublisherError } from "./errors.ts";

/**
 * Demands that numbers of inferences are such that a release may have a circuit for each.
 *
 * @throws {PublisherError} `BATCH_SIZE` for one outside 2 to 128, twice there or not ascending, `TOO_MANY_BATCHES`.
 */
export function requireBatchSizes(sizes: readonly number[]): void {
  for (const [index, size] of sizes.entries()) {
    const refuse = (reason: string): PublisherError =>
      new PublisherError({ code: "BATCH_SIZE", size, reason });
    const before = sizes[index - 1] ?? 0;
    if (!isBatchSize(size))
      throw refuse(
        `one proof is of ${MIN_BATCH_INFERENCES} to ${MAX_BATCH_INFERENCES} inferences, and each alone has its circuit anyway`,
      );
    if (size === before) throw refuse("it is there twice");
    if (size < before) throw refuse(`it comes after ${before}; sizes ascend`);
  }
  const [count, limit] = [sizes.length, MAX_BATCH_CIRCUITS];
  if (count > limit) throw new PublisherError({ code: "TOO_MANY_BATCHES", count, limit });
}

/**
 * Returns the model of each size, ascending, of a release whose circuits prove these models; none where there are no sizes.
 *
 * @param maxConstraints that one circuit may have; 2^20 where absent
 * @throws {PublisherError} `BATCHES_SEGMENTED`, `BATCH_TOO_LARGE`.
 */
export function batchModels(
  models: readonly ProvableModel[],
  sizes: readonly number[],
  system: SingleCircuit["system"],
  maxConstraints: number = DEFAULT_BUDGET,
): readonly BatchOf[] {
  const [single, ...others] = models;
  if (sizes.length === 0 || single === undefined) return [];
  if (others.length > 0)
    throw new PublisherError({ code: "BATCHES_SEGMENTED", segments: models.length });
  const words = wordsOf(single.input) + wordsOf(single.output);
  return sizes.map((count) => {
    if (count * words > MAX_BATCH_WORDS)
      throw new PublisherError({
        ...{ code: "BATCH_TOO_LARGE", size: count, what: "words of input and output" },
        ...{ count: count * words, limit: MAX_BATCH_WORDS },
      });
    const bytes = recordBytes(count, words);
    if (bytes > MAX_RECORD_BYTES)
      throw new PublisherError({
        ...{ code: "BATCH_TOO_LARGE", size: count, what: "bytes to record it by" },
        ...{ count: bytes, limit: MAX_RECORD_BYTES },
      });
    const model = batchModel(single, count);
    const estimate = system === "groth16" ? constraintEstimate : committedEstimate;
    const { total } = estimate(model);
    if (total > maxConstraints)
      throw new PublisherError({
        ...{ code: "BATCH_TOO_LARGE", size: count, what: "constraints" },
        ...{ count: total, limit: maxConstraints },
      });
    return { count, model };
  });
}

/** A model that makes so many inferences at once. */
export type BatchOf = { readonly count: number; readonly model: ProvableModel };

function wordsOf(encoding: ProvableModel["input"]): number {
  return encoding.mode === "join" ? 1 : wordCount(encoding);
}
