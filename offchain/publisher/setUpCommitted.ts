import type { ProvableModel } from "@vouch/compiler";
import {
  challengedInputs,
  circuitTensor,
  committedSizes,
  emitCommittedCircom,
  groupValues,
  weightsInputs,
} from "@vouch/compiler";
import type { Hex, WeightedCircuit, WeightsRegistration } from "@vouch/protocol";
import { committedCircuitId, weightsBlind, weightsCommitment, weightsSalt } from "@vouch/protocol";
import type { CommittedSetup, LinkSetup } from "@vouch/prover";
import {
  buildCircuit,
  calculateWitness,
  committedDevelopmentSetup,
  developmentLink,
  drawBlind,
  proveWeights,
} from "@vouch/prover";
import { PublisherError } from "./errors.ts";
import type { PreparedCircuit, PrepareOptions, SetupChoice } from "./setUpCircuits.ts";
import { weightsOf } from "./setUpCircuits.ts";
import { weightsCircom } from "./weightsCircom.ts";

/** How a release's weights come to be registered: a circuit of their own, and what links it to that of inferences. */
type WeightsSetup = {
  readonly wasm: string;
  readonly r1cs: Hex;
  readonly setup: CommittedSetup;
  readonly link: LinkSetup;
};

/**
 * Builds the commit-and-prove circuit of a model and its key; where the weights are private also their own circuit, the link
 * between the two, and the proof that registers these weights.
 *
 * @param salt the release's; absent where the weights are public
 * @throws {PublisherError} `SYSTEM_UNFIT` for a ceremony; {CompilerError}; {ProverError}.
 */
export async function setUpCommitted(
  model: ProvableModel,
  choice: SetupChoice,
  salt: Hex | undefined,
  options: PrepareOptions,
): Promise<PreparedCircuit> {
  if (choice.kind !== "development")
    throw new PublisherError({ code: "SYSTEM_UNFIT", reason: "its ceremony is no task yet" });
  const artefacts = await buildCircuit(emitCommittedCircom(model), options);
  const setup = await committedDevelopmentSetup(artefacts, committedSizes(model), options);
  const weights = salt === undefined ? undefined : await setUpWeights(model, setup, options);
  const described: Omit<WeightedCircuit, "registration"> = {
    system: "committedGroth16",
    weights: weightsOf(model),
    setup: setup.class,
    input: circuitTensor(model.input),
    output: circuitTensor(model.output),
    r1cs: artefacts.hash,
    transcript: weights?.link.transcript ?? setup.transcript,
    key: setup.key,
    weightsCircuit: weights === undefined ? null : weightsCircuitOf(weights),
  };
  const registration =
    weights === undefined || salt === undefined
      ? null
      : await register(described, model, { setup, weights, salt }, options);
  return { model, circuit: { ...described, registration }, artefacts, setup };
}

async function setUpWeights(
  model: ProvableModel,
  inference: CommittedSetup,
  { cache, onProgress }: PrepareOptions,
): Promise<WeightsSetup> {
  const options = {
    cache,
    ...(onProgress === undefined
      ? {}
      : {
          onProgress: (step: string, fraction?: number) => {
            onProgress(`weights: ${step}`, fraction);
          },
        }),
  };
  const artefacts = await buildCircuit(weightsCircom(model), options);
  const { advice } = weightsInputs(model.graph.parameters, 0n, { weights: 0n, advice: 0n });
  const sizes = { weights: inference.groups.weights, advice: groupValues(advice).length };
  const setup = await committedDevelopmentSetup(artefacts, sizes, options);
  const link = await developmentLink({ inference, weights: setup }, options);
  return { wasm: artefacts.wasm, r1cs: artefacts.hash, setup, link };
}

function weightsCircuitOf({ r1cs, setup, link }: WeightsSetup): WeightedCircuit["weightsCircuit"] {
  return { r1cs, key: setup.key, link: link.link };
}

async function register(
  circuit: Omit<WeightedCircuit, "registration">,
  { graph }: ProvableModel,
  of: { readonly setup: CommittedSetup; readonly weights: WeightsSetup; readonly salt: Hex },
  { onProgress }: PrepareOptions,
): Promise<WeightsRegistration> {
  const { setup, weights, salt } = of;
  const parameters = graph.parameters.map(({ type, values }) => ({ ...type, values }));
  const commitment = weightsCommitment(weightsSalt(salt), parameters);
  const blinds = { inference: weightsBlind(salt, commitment), weights: drawBlind() };
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
      circuit: committedCircuitId(circuit),
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
