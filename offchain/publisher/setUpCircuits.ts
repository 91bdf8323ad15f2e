import type { ProvableModel } from "@vouch/compiler";
import { circuitTensor, emitCircom } from "@vouch/compiler";
import type { Circuit, SingleCircuit } from "@vouch/protocol";
import type { CircuitArtefacts, CommittedSetup, OnProgress, PtauPin, Setup } from "@vouch/prover";
import { adoptCeremonyKey, buildCircuit, ceremonySetup, developmentSetup } from "@vouch/prover";
import { PublisherError } from "./errors.ts";

/** Where the proving key comes from. */
export type SetupChoice =
  /** Made here by one party in seconds; marked as such and refused by every policy that does not name it. */
  | { readonly kind: "development" }
  /**
   * Phase 1 from a public powers-of-tau file (found or downloaded where `ptau` is absent), then phase 2: here by this machine
   * alone, or held elsewhere, where `zkeys` are its final keys: in the order of the segments, or for commit-and-prove the
   * circuit's, that of its weights and the link. `power` names the file of powers of tau where it is not the smallest that
   * serves.
   */
  | {
      readonly kind: "ceremony";
      readonly ptau?: string;
      readonly power?: number;
      readonly zkeys?: readonly string[];
    };

/** Where artefacts are kept and who hears of progress. */
export type PrepareOptions = {
  readonly cache: string;
  readonly onProgress?: OnProgress;
  /** Powers of tau that are trusted; by default the public ones. */
  readonly pins?: readonly PtauPin[];
};

/** A circuit with its keys: a model's, or that of one segment. */
export type PreparedCircuit = {
  readonly model: ProvableModel;
  readonly circuit: SingleCircuit;
  readonly artefacts: CircuitArtefacts;
  readonly setup: Setup | CommittedSetup;
  /** Paths of the weights' own key and of the link to it, in commit-and-prove with private weights. */
  readonly weightsFiles?: WeightsFiles;
};

export type WeightsFiles = { readonly zkey: string; readonly link: string };

/** Builds the circuits of models and their keys one after the other, each from the cache where it is there. */
export async function setUpCircuits(
  models: readonly ProvableModel[],
  choice: SetupChoice,
  { onProgress, ...rest }: PrepareOptions,
): Promise<readonly PreparedCircuit[]> {
  const prepared: PreparedCircuit[] = [];
  const zkeys = choice.kind === "ceremony" ? choice.zkeys : undefined;
  if (zkeys !== undefined && zkeys.length !== models.length) {
    const [given, expected] = [zkeys.length, models.length];
    throw new PublisherError({ code: "CEREMONY_KEYS", given, expected });
  }
  for (const [index, model] of models.entries()) {
    const options = { ...rest, ...ofSegment(onProgress, index, models.length) };
    prepared.push(await setUpCircuit(model, choice, zkeys?.[index], options));
  }
  return prepared;
}

/** Builds the circuits of models one after the other, without keys: what a ceremony begins from. */
export async function buildCircuits(
  models: readonly ProvableModel[],
  { cache, onProgress }: PrepareOptions,
): Promise<readonly CircuitArtefacts[]> {
  const built: CircuitArtefacts[] = [];
  for (const [index, model] of models.entries()) {
    const options = { cache, ...ofSegment(onProgress, index, models.length) };
    built.push(await buildCircuit(emitCircom(model), options));
  }
  return built;
}

/** Names the segment in each step's progress, where there are several. */
export function ofSegment(
  onProgress: OnProgress | undefined,
  index: number,
  count: number,
): { readonly onProgress?: OnProgress } {
  if (onProgress === undefined) return {};
  if (count === 1) return { onProgress };
  const name = `segment ${index + 1} of ${count}: `;
  return {
    onProgress: (step, fraction) => {
      onProgress(`${name}${step}`, fraction);
    },
  };
}

/** Returns the registry's word for a weights mode. */
export function weightsOf({ weights }: Pick<ProvableModel, "weights">): Circuit["weights"] {
  return weights === "public" ? "constant" : "committed";
}

async function setUpCircuit(
  model: ProvableModel,
  choice: SetupChoice,
  zkey: string | undefined,
  options: PrepareOptions,
): Promise<PreparedCircuit> {
  const artefacts = await buildCircuit(emitCircom(model), options);
  const setup = await makeSetup(artefacts, choice, zkey, options);
  const circuit: Circuit = {
    system: "groth16",
    weights: weightsOf(model),
    setup: setup.class,
    input: circuitTensor(model.input),
    output: circuitTensor(model.output),
    r1cs: artefacts.hash,
    transcript: setup.transcript,
    key: setup.key,
  };
  return { model, circuit, artefacts, setup };
}

async function makeSetup(
  artefacts: CircuitArtefacts,
  choice: SetupChoice,
  zkey: string | undefined,
  options: PrepareOptions,
): Promise<Setup> {
  if (choice.kind === "development") return developmentSetup(artefacts, options);
  const { ptau, power } = choice;
  const powers = {
    ...options,
    ...(ptau === undefined ? {} : { ptau }),
    ...(power === undefined ? {} : { power }),
  };
  if (zkey !== undefined) return adoptCeremonyKey(artefacts, zkey, powers);
  return ceremonySetup(artefacts, { ...powers, contributions: [{ name: "publisher" }] });
}
