import type { ProvableModel } from "@vouch/compiler";
import { emitWeightsCircom } from "@vouch/compiler";

/** Returns the circom text of the circuit that registers a model's private weights: it follows from their types alone. */
export function weightsCircom({ graph }: ProvableModel): string {
  return emitWeightsCircom(
    graph.parameters.map(({ type, values }) => ({ ...type, elements: values.length })),
  );
}
