import type { ProvableModel } from "@vouch/compiler";
import { challengedInputs, circuitTensor, groupValues, weightsInputs } from "@vouch/compiler";
import type { Hex, WeightedCircuit, WeightsRegistration } from "@vouch/protocol";
import { committedCircuitId, weightsBlind, weightsCommitment, weightsSalt } from "@vouch/protocol";
import type { CommittedSetup, LinkSetup } from "@vouch/prover";
import { calculateWitness, drawBlind, proveWeights } from "@vouch/prover";
import { buildCommittedCircuits } from "./committedCircuits.ts";
import { makeCommittedSetups } from "./committedSetups.ts";
import type { PreparedCircuit, PrepareOptions, SetupChoice } from "./setUpCircuits.ts";
import { weightsOf } from "./setUpCircuits.ts";

/**
 * Builds the commit-and-prove circuit of a model and its key; where the weights are private also their own circuit, the link
 * between the two, and the proof that registers these weights.
 *
 * @param salt the release's; absent where the weights are public
 * @throws {PublisherError} as `makeCommittedSetups`; {CompilerError}; {ProverError}.
 */
export async function setUpCommitted(
  model: ProvableModel,
  choice: SetupChoice,
  salt: Hex | undefined,
  options: PrepareOptions,
): Promise<PreparedCircuit> {
  const circuits = await buildCommittedCircuits(model, options);
  const { inference: setup, weights } = await makeCommittedSetups(circuits, choice, options);
  const { artefacts } = circuits.inference;
  const other = circuits.weights?.artefacts;
  const described: Omit<WeightedCircuit, "registration"> = {
    system: "committedGroth16",
    weights: weightsOf(model),
    setup: setup.class,
    input: circuitTensor(model.input),
    output: circuitTensor(model.output),
    r1cs: artefacts.hash,
    transcript: weights?.link.transcript ?? setup.transcript,
    key: setup.key,
    weightsCircuit:
      weights === undefined || other === undefined
        ? null
        : { r1cs: other.hash, key: weights.setup.key, link: weights.link.link },
  };
  const registration =
    weights === undefined || other === undefined || salt === undefined
      ? null
      : await register(
          described,
          model,
          { setup, weights: { ...weights, wasm: other.wasm }, salt },
          options,
        );
  return {
    ...{ model, circuit: { ...described, registration }, artefacts, setup },
    ...(weights && { weightsFiles: { zkey: weights.setup.zkey, link: weights.link.file } }),
  };
}

async function register(
  circuit: Omit<WeightedCircuit, "registration">,
  { graph }: ProvableModel,
  of: {
    readonly setup: CommittedSetup;
    readonly weights: {
      readonly wasm: string;
      readonly setup: CommittedSetup;
      readonly link: LinkSetup;
    };
    readonly salt: Hex;
  },
  { onProgress }: PrepareOptions,
): Promise<WeightsRegistration> {
  const { setup, weights, salt } = of;
  const parameters = graph.parameters.map(({ type, values }) => ({ ...type, values }));
  const commitment = weightsCommitment(weightsSalt(salt), parameters);
  const id = committedCircuitId(circuit);
  const blinds = { inference: weightsBlind(salt, commitment, id), weights: drawBlind() };
  const inputs = weightsInputs(graph.parameters, weightsSalt(salt), {
    weights: blinds.weights,
    advice: drawBlind(),
  });
  return proveWeights(
    {
      inference: { zkey: setup.zkey, key: setup.key },
      weights: { zkey: weights.setup.zkey, key: weights.setup.key },
      link: weights.link,
    },
    {
      circuit: id,
      commitment,
      weights: parameters.flatMap(({ values }) => values),
      blinds,
      advice: groupValues(inputs.advice),
      witnessOf: ({ z, b, commitment }) =>
        calculateWitness(weights.wasm, challengedInputs(inputs, { z, b, W: commitment })),
    },
    onProgress === undefined ? {} : { onProgress },
  );
}
