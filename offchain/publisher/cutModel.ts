import type { CompiledModel, ProvableModel } from "@vouch/compiler";
import { segmentGraph } from "@vouch/compiler";
import { MAX_SETTLED_SEGMENTS } from "@vouch/protocol";
import type { Manifest } from "@vouch/protocol";
import { PublisherError } from "./errors.ts";

/**
 * Returns what the circuits of a release prove, in order: the model, or its segments where a manifest names a budget that
 * it does not fit.
 *
 * @throws {PublisherError} `TOO_MANY_SEGMENTS`; {CompilerError} `NODE_OVER_BUDGET`.
 */
export function cutModel(
  compiled: CompiledModel,
  { maxConstraints }: Pick<Manifest, "maxConstraints">,
): readonly ProvableModel[] {
  if (maxConstraints === undefined) return [compiled];
  const models = segmentGraph(compiled, maxConstraints);
  if (models.length > MAX_SETTLED_SEGMENTS) {
    const [count, limit] = [models.length, MAX_SETTLED_SEGMENTS];
    throw new PublisherError({ code: "TOO_MANY_SEGMENTS", count, limit });
  }
  return models;
}
