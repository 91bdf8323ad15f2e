import type { ProvableModel } from "@vouch/compiler";
import type { Hex } from "@vouch/protocol";
import {
  segmentedWeights,
  segmentWeightsSalt,
  weightsCommitment,
  weightsSalt,
} from "@vouch/protocol";
import { PublisherError } from "./errors.ts";

/**
 * Returns the salts of the commitments to the weights of a release's circuits, in order; none where these are public.
 *
 * @throws {PublisherError} `SALT_MISSING` where the weights are private.
 */
export function weightsSalts(models: readonly ProvableModel[], salt?: Hex): readonly bigint[] {
  if (models.every(({ weights }) => weights === "public")) return [];
  if (salt === undefined) throw new PublisherError({ code: "SALT_MISSING" });
  if (models.length === 1) return [weightsSalt(salt)];
  return models.map((_, index) => segmentWeightsSalt(salt, index));
}

/**
 * Returns what a release names as its weights: the commitment `W` of its circuit, or the hash of those of its segments; 0
 * where they are public, which the circuits themselves hold. A parameter that several segments use is committed to in each:
 * as all are derived here from one graph, copies that differ give another value.
 *
 * @throws {PublisherError} `SALT_MISSING` where the weights are private.
 */
export function commitToWeights(models: readonly ProvableModel[], salt?: Hex): bigint {
  const salts = weightsSalts(models, salt);
  const commitments = salts.map((it, index) => {
    const parameters = models[index]?.graph.parameters ?? [];
    return weightsCommitment(
      it,
      parameters.map(({ type, values }) => ({ ...type, values })),
    );
  });
  const [first = 0n] = commitments;
  return models.length === 1 ? first : segmentedWeights(commitments);
}
