import type { ProvableModel } from "@vouch/compiler";
import type { WeightedCircuit } from "@vouch/protocol";
import { domainPower, obtainPtau, verifyCommittedSetup } from "@vouch/prover";
import { buildCommittedCircuits } from "./committedCircuits.ts";
import type { PrepareOptions, WeightsFiles } from "./setUpCircuits.ts";

/**
 * Demands that the keys of a commit-and-prove circuit, and its link, are those of a set-up of a model's circuits with the
 * registered transcript.
 *
 * @param files paths; those of the weights are needed for a ceremony with private weights
 * @returns contributions with secrets; 0 for a development set-up
 * @throws {ProverError} as `verifyCommittedSetup` and `obtainPtau`; {ProtocolError} `KEY_INVALID`.
 */
export async function requireCommittedSetup(
  { key, setup, transcript, weightsCircuit }: WeightedCircuit,
  model: ProvableModel,
  {
    zkey,
    weightsFiles,
    ptau,
  }: {
    readonly zkey: string;
    readonly weightsFiles: WeightsFiles | undefined;
    readonly ptau?: string;
  },
  options: PrepareOptions,
): Promise<number> {
  const circuits = await buildCommittedCircuits(model, options);
  const powers = [circuits.inference, ...(circuits.weights ? [circuits.weights] : [])].map((it) =>
    domainPower(it.artefacts),
  );
  const tau =
    setup === "development"
      ? undefined
      : await obtainPtau(Math.max(...powers), {
          ...options,
          ...(ptau === undefined ? {} : { ptau }),
        });
  const claimed = { class: setup, transcript, key, weights: weightsCircuit };
  const files = { zkey, ...(weightsFiles && { weights: weightsFiles }) };
  return (await verifyCommittedSetup(circuits, claimed, files, tau, options)).contributions;
}
