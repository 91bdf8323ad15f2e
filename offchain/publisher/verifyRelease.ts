import type { CompiledModel, ProvableModel } from "@vouch/compiler";
import { batchModel, circuitTensor, emitCircom, emitCommittedCircom } from "@vouch/compiler";
import type { Hex, Manifest, Release, ReleaseCircuit, SingleCircuit } from "@vouch/protocol";
import {
  batchesOf,
  circuitsOf,
  contentId,
  manifestHash,
  releaseCircuitId,
  wordToHex,
} from "@vouch/protocol";
import type { CircuitArtefacts } from "@vouch/prover";
import { buildCircuit } from "@vouch/prover";
import { commitToWeights } from "./commitToWeights.ts";
import { cutModel } from "./cutModel.ts";
import { PublisherError } from "./errors.ts";
import { recompile } from "./prepareRelease.ts";
import { ofBatch } from "./setUpBatches.ts";
import type { PrepareOptions } from "./setUpCircuits.ts";
import { ofSegment, weightsOf } from "./setUpCircuits.ts";
import { weightsCircom } from "./weightsCircom.ts";

/** What a release is derived from again; a release with public weights takes no salt. */
export type ReleaseMaterial = {
  readonly file: Uint8Array;
  readonly manifest: Manifest;
  readonly salt?: Hex;
};

/** What was derived again from file and salt, and is what the release says. */
export type VerifiedRelease = {
  readonly content: Hex;
  readonly manifest: Hex;
  /** Zero where the weights are public. */
  readonly weights: Hex;
  readonly circuit: Hex;
  readonly compiled: CompiledModel;
  /** In the order of the release's segments; one where it is not cut. */
  readonly circuits: readonly VerifiedCircuit[];
  /** Those of several inferences, ascending; none where the release has no such circuits. */
  readonly batches: readonly VerifiedBatch[];
};

/** A registered circuit with what it was derived from again. */
export type VerifiedCircuit = {
  readonly model: ProvableModel;
  readonly circuit: SingleCircuit;
  readonly artefacts: CircuitArtefacts;
};

/** A registered circuit that proves so many inferences by one proof; its key is kept under its id, as every other. */
export type VerifiedBatch = VerifiedCircuit & { readonly count: number };

/**
 * Derives content hash, weights commitment and circuit id of a release again from its file, manifest and salt, and demands
 * that they are the registered ones. Compilation is deterministic to the byte, so the r1cs hash settles the circuit; the
 * key and transcript are the registered circuit's own.
 *
 * @throws {PublisherError} `SALT_MISSING`, `CONTENT_MISMATCH`, `MANIFEST_MISMATCH`, `WEIGHTS_MISMATCH`, `CIRCUIT_MISMATCH`.
 */
export async function verifyRelease(
  registered: { readonly release: Release; readonly circuit: ReleaseCircuit },
  { file, salt, manifest }: ReleaseMaterial,
  options: PrepareOptions,
): Promise<VerifiedRelease> {
  const { release, circuit } = registered;
  const content = requireContent(registered, file, salt);
  const manifestId = requireManifest(release, manifest);
  const compiled = recompile(file, manifest);
  const models = cutModel(compiled, manifest);
  requireDeclared(circuit, models);
  requireFractionBits(release, compiled);
  const weights = requireWeights(release, models, salt);
  const circuits: VerifiedCircuit[] = [];
  for (const [index, it] of circuitsOf(circuit).entries()) {
    const model = models[index] ?? compiled; // as many as there are models, or `requireDeclared` throws
    const progress = ofSegment(options.onProgress, index, models.length);
    const artefacts = await requireR1cs(it, model, { cache: options.cache, ...progress });
    circuits.push({ model, circuit: it, artefacts });
  }
  const batches: VerifiedBatch[] = [];
  for (const it of registeredBatches(circuit, models)) {
    const progress = ofBatch(options.onProgress, it.count);
    const artefacts = await requireR1cs(it.circuit, it.model, {
      cache: options.cache,
      ...progress,
    });
    batches.push({ ...it, artefacts });
  }
  return {
    content,
    manifest: manifestId,
    weights,
    circuit: requireCircuitId(release.circuit, circuit),
    compiled,
    circuits,
    batches,
  };
}

/** Returns the circuits of several inferences of a release with the model that each is to be of. */
export function registeredBatches(
  circuit: ReleaseCircuit,
  models: readonly ProvableModel[],
): readonly Omit<VerifiedBatch, "artefacts">[] {
  const [single] = models;
  if (single === undefined) return [];
  return batchesOf(circuit).map((it) => ({ ...it, model: batchModel(single, it.count) }));
}

/**
 * Returns the content id of a file: salted where the circuit takes a commitment to its weights.
 *
 * @throws {PublisherError} `SALT_MISSING`, `CONTENT_MISMATCH`.
 */
export function requireContent(
  { release, circuit }: { readonly release: Release; readonly circuit: ReleaseCircuit },
  file: Uint8Array,
  salt: Hex | undefined,
): Hex {
  const isPrivate = circuit.weights === "committed";
  if (isPrivate && salt === undefined) throw new PublisherError({ code: "SALT_MISSING" });
  const derived = contentId(file, isPrivate ? salt : undefined);
  const registered = release.content;
  if (derived !== registered)
    throw new PublisherError({ code: "CONTENT_MISMATCH", registered, derived });
  return derived;
}

/** @throws {PublisherError} `MANIFEST_MISMATCH`. */
export function requireManifest({ manifest: registered }: Release, manifest: Manifest): Hex {
  const derived = manifestHash(manifest);
  if (derived !== registered)
    throw new PublisherError({ code: "MANIFEST_MISMATCH", registered, derived });
  return derived;
}

/**
 * Demands that the circuits are registered for the weights mode and the words of what they prove, one for each model; those of
 * several inferences for the words of one.
 *
 * @throws {PublisherError} `CIRCUIT_MISMATCH`.
 */
export function requireDeclared(circuit: ReleaseCircuit, models: readonly ProvableModel[]): void {
  const circuits = circuitsOf(circuit);
  requireSame("number of circuits", String(circuits.length), String(models.length));
  models.forEach((model, index) => {
    const registered = circuits[index];
    if (registered === undefined) return;
    requireEncodings(registered, model, models.length === 1 ? "" : ` of segment ${index + 1}`);
  });
  for (const it of registeredBatches(circuit, models))
    requireEncodings(it.circuit, it.model, ` of ${it.count} inferences`);
}

/** @param of which circuit it is, for the error */
function requireEncodings(registered: SingleCircuit, model: ProvableModel, of: string): void {
  requireSame(`weights mode${of}`, registered.weights, weightsOf(model));
  for (const tensor of ["input", "output"] as const) {
    const [found, derived] = [registered[tensor], circuitTensor(model[tensor])];
    requireSame(`${tensor} encoding${of}`, JSON.stringify(found), JSON.stringify(derived));
  }
}

/** @throws {PublisherError} `CIRCUIT_MISMATCH`. */
export function requireFractionBits(release: Release, { input, output }: CompiledModel): void {
  const of = { input: release.inputFractionBits, output: release.outputFractionBits };
  requireSame("fraction bits of the input", String(of.input), String(input.fractionBits));
  requireSame("fraction bits of the output", String(of.output), String(output.fractionBits));
}

/**
 * Returns what the release names as its weights, zero where they are public. Segments that share a parameter must commit to
 * one value of it: see `commitToWeights`.
 *
 * @throws {PublisherError} `SALT_MISSING`, `WEIGHTS_MISMATCH`.
 */
export function requireWeights(
  release: Release,
  models: readonly ProvableModel[],
  salt: Hex | undefined,
): Hex {
  const registered = wordToHex(release.weights);
  const derived = wordToHex(commitToWeights(models, salt));
  if (derived !== registered)
    throw new PublisherError({ code: "WEIGHTS_MISMATCH", registered, derived });
  return derived;
}

/**
 * Builds the circuit of a model or segment and demands that it is the registered one, by its r1cs.
 *
 * @throws {PublisherError} `CIRCUIT_MISMATCH`; {ProverError} where circom refuses.
 */
export async function requireR1cs(
  circuit: SingleCircuit,
  model: ProvableModel,
  { cache, onProgress }: PrepareOptions,
): Promise<CircuitArtefacts> {
  const options = { cache, ...(onProgress === undefined ? {} : { onProgress }) };
  const emit = circuit.system === "groth16" ? emitCircom : emitCommittedCircom;
  const artefacts = await buildCircuit(emit(model), options);
  requireSame("r1cs hash", circuit.r1cs, artefacts.hash);
  return artefacts;
}

/**
 * Builds the circuit that registers private weights, where there is one, and demands that it is the registered one: another could show
 * any point for a commitment, and proofs would say nothing of the weights. No operator loses by it, so that none has to build it.
 *
 * @throws {PublisherError} `CIRCUIT_MISMATCH`; {ProverError} where circom refuses.
 */
export async function requireWeightsR1cs(
  circuit: SingleCircuit,
  model: ProvableModel,
  { cache }: Pick<PrepareOptions, "cache">,
): Promise<void> {
  if (circuit.system === "groth16" || circuit.weightsCircuit === null) return;
  const { hash } = await buildCircuit(weightsCircom(model), { cache });
  requireSame("r1cs hash of the weights", circuit.weightsCircuit.r1cs, hash);
}

/** @throws {PublisherError} `CIRCUIT_MISMATCH`. */
export function requireCircuitId(registered: Hex, circuit: ReleaseCircuit): Hex {
  const derived = releaseCircuitId(circuit);
  requireSame("id", registered, derived);
  return derived;
}

function requireSame(what: string, registered: string, derived: string): void {
  if (registered !== derived)
    throw new PublisherError({ code: "CIRCUIT_MISMATCH", what, registered, derived });
}
