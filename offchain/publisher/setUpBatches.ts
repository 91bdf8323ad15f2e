import type { Hex } from "@vouch/protocol";
import type { OnProgress } from "@vouch/prover";
import type { BatchOf } from "./batchSizes.ts";
import type { ReleasePlan } from "./prepareRelease.ts";
import type { PreparedCircuit, PrepareOptions, SetupChoice } from "./setUpCircuits.ts";
import { setUpCircuits } from "./setUpCircuits.ts";
import { setUpCommitted } from "./setUpCommitted.ts";

/** A circuit that proves so many inferences by one proof, with its keys; on disk it is kept as every other, by its id. */
export type PreparedBatch = PreparedCircuit & { readonly count: number };

/**
 * Builds the circuits of several inferences and their keys, each from the cache where it is there; by commit-and-prove each with a
 * registration of the weights of its own, as its points are those of its own key.
 *
 * @param zkeys final files of a ceremony that was held elsewhere, of each batch in their order
 * @param salt the release's; absent where the weights are public
 * @throws {PublisherError} `SYSTEM_UNFIT`; {CompilerError}; {ProverError}.
 */
export async function setUpBatches(
  batches: readonly BatchOf[],
  { system, setup }: Pick<ReleasePlan, "system" | "setup">,
  zkeys: readonly (readonly string[] | undefined)[],
  salt: Hex | undefined,
  { onProgress, ...rest }: PrepareOptions,
): Promise<readonly PreparedBatch[]> {
  const prepared: PreparedBatch[] = [];
  for (const [index, { count, model }] of batches.entries()) {
    const options = { ...rest, ...ofBatch(onProgress, count) };
    const choice = withKeys(setup, zkeys[index]);
    const circuits =
      system === "committedGroth16"
        ? [await setUpCommitted(model, choice, salt, options)]
        : await setUpCircuits([model], choice, options);
    prepared.push(...circuits.map((it) => ({ ...it, count })));
  }
  return prepared;
}

/** Returns a choice of set-up with other keys, where it names any. */
export function withKeys(choice: SetupChoice, zkeys: readonly string[] | undefined): SetupChoice {
  return choice.kind === "ceremony" && zkeys !== undefined ? { ...choice, zkeys } : choice;
}

/** Names the batch in each step's progress. */
export function ofBatch(
  onProgress: OnProgress | undefined,
  count: number,
): { readonly onProgress?: OnProgress } {
  if (onProgress === undefined) return {};
  return {
    onProgress: (step, fraction) => {
      onProgress(`${count} inferences: ${step}`, fraction);
    },
  };
}
