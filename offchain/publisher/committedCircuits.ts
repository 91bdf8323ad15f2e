import type { ProvableModel } from "@vouch/compiler";
import { committedSizes, emitCommittedCircom, groupValues, weightsInputs } from "@vouch/compiler";
import type { CommittedCircuitFiles } from "@vouch/prover";
import { buildCircuit } from "@vouch/prover";
import type { PrepareOptions } from "./setUpCircuits.ts";
import { weightsCircom } from "./weightsCircom.ts";

/** The circuits that a commit-and-prove release is set up for: that of inferences and, for private weights, theirs. */
export type CommittedCircuitPair = {
  readonly inference: CommittedCircuitFiles;
  readonly weights?: CommittedCircuitFiles;
};

/**
 * Builds the commit-and-prove circuits of a model, without keys.
 *
 * @throws {CompilerError}; {ProverError}.
 */
export async function buildCommittedCircuits(
  model: ProvableModel,
  options: PrepareOptions,
): Promise<CommittedCircuitPair> {
  const artefacts = await buildCircuit(emitCommittedCircom(model), options);
  const inference = { artefacts, groups: committedSizes(model) };
  if (model.weights === "public") return { inference };
  const { advice } = weightsInputs(model.graph.parameters, 0n, { weights: 0n, advice: 0n });
  return {
    inference,
    weights: {
      artefacts: await buildCircuit(weightsCircom(model), ofWeights(options)),
      groups: { weights: inference.groups.weights, advice: groupValues(advice).length },
    },
  };
}

/** Names the weights in each step's progress. */
export function ofWeights({ onProgress, ...options }: PrepareOptions): PrepareOptions {
  if (onProgress === undefined) return options;
  return {
    ...options,
    onProgress: (step, fraction) => {
      onProgress(`weights: ${step}`, fraction);
    },
  };
}
