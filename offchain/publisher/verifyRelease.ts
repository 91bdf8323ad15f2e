import type { CompiledModel } from "@vouch/compiler";
import { emitCircom } from "@vouch/compiler";
import type { Circuit, Hex, Manifest, Release } from "@vouch/protocol";
import { circuitId, contentId, manifestHash, wordToHex } from "@vouch/protocol";
import type { CircuitArtefacts } from "@vouch/prover";
import { buildCircuit } from "@vouch/prover";
import { PublisherError } from "./errors.ts";
import type { PrepareOptions } from "./prepareRelease.ts";
import { circuitTensor, commitToWeights, recompile, weightsOf } from "./prepareRelease.ts";

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
  readonly r1cs: Hex;
  readonly circuit: Hex;
  readonly compiled: CompiledModel;
  readonly artefacts: CircuitArtefacts;
};

/**
 * Derives content hash, weights commitment and circuit id of a release again from its file, manifest and salt, and demands
 * that they are the registered ones. Compilation is deterministic to the byte, so the r1cs hash settles the circuit; the
 * key and transcript are the registered circuit's own.
 *
 * @throws {PublisherError} `SALT_MISSING`, `CONTENT_MISMATCH`, `MANIFEST_MISMATCH`, `WEIGHTS_MISMATCH`, `CIRCUIT_MISMATCH`.
 */
export async function verifyRelease(
  registered: { readonly release: Release; readonly circuit: Circuit },
  { file, salt, manifest }: ReleaseMaterial,
  options: PrepareOptions,
): Promise<VerifiedRelease> {
  const { release, circuit } = registered;
  const content = requireContent(registered, file, salt);
  const manifestId = requireManifest(release, manifest);
  const compiled = recompile(file, manifest);
  requireDeclared(circuit, compiled);
  requireFractionBits(release, compiled);
  const weights = requireWeights(release, compiled, salt);
  const artefacts = await requireR1cs(circuit, compiled, options);
  return {
    content,
    manifest: manifestId,
    weights,
    r1cs: artefacts.hash,
    circuit: requireCircuitId(release.circuit, circuit),
    compiled,
    artefacts,
  };
}

/**
 * Returns the content id of a file: salted where the circuit takes a commitment to its weights.
 *
 * @throws {PublisherError} `SALT_MISSING`, `CONTENT_MISMATCH`.
 */
export function requireContent(
  { release, circuit }: { readonly release: Release; readonly circuit: Circuit },
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
 * Demands that a circuit is registered for the weights mode and the words of a compiled model.
 *
 * @throws {PublisherError} `CIRCUIT_MISMATCH`.
 */
export function requireDeclared(circuit: Circuit, compiled: CompiledModel): void {
  requireSame("weights mode", circuit.weights, weightsOf(compiled));
  for (const tensor of ["input", "output"] as const) {
    const [registered, derived] = [circuit[tensor], circuitTensor(compiled[tensor])];
    requireSame(`${tensor} encoding`, JSON.stringify(registered), JSON.stringify(derived));
  }
}

/** @throws {PublisherError} `CIRCUIT_MISMATCH`. */
export function requireFractionBits(release: Release, { input, output }: CompiledModel): void {
  const of = { input: release.inputFractionBits, output: release.outputFractionBits };
  requireSame("fraction bits of the input", String(of.input), String(input.fractionBits));
  requireSame("fraction bits of the output", String(of.output), String(output.fractionBits));
}

/**
 * Returns the weights commitment of a compiled model, zero where its weights are public.
 *
 * @throws {PublisherError} `SALT_MISSING`, `WEIGHTS_MISMATCH`.
 */
export function requireWeights(
  release: Release,
  compiled: CompiledModel,
  salt: Hex | undefined,
): Hex {
  const registered = wordToHex(release.weights);
  const derived = wordToHex(commitToWeights(compiled, salt));
  if (derived !== registered)
    throw new PublisherError({ code: "WEIGHTS_MISMATCH", registered, derived });
  return derived;
}

/**
 * Builds the circuit of a compiled model and demands that it is the registered one, by its r1cs.
 *
 * @throws {PublisherError} `CIRCUIT_MISMATCH`; {ProverError} where circom refuses.
 */
export async function requireR1cs(
  circuit: Circuit,
  compiled: CompiledModel,
  { cache, onProgress }: PrepareOptions,
): Promise<CircuitArtefacts> {
  const options = { cache, ...(onProgress === undefined ? {} : { onProgress }) };
  const artefacts = await buildCircuit(emitCircom(compiled), options);
  requireSame("r1cs hash", circuit.r1cs, artefacts.hash);
  return artefacts;
}

/** @throws {PublisherError} `CIRCUIT_MISMATCH`. */
export function requireCircuitId(registered: Hex, circuit: Circuit): Hex {
  const derived = circuitId(circuit);
  requireSame("id", registered, derived);
  return derived;
}

function requireSame(what: string, registered: string, derived: string): void {
  if (registered !== derived)
    throw new PublisherError({ code: "CIRCUIT_MISMATCH", what, registered, derived });
}
