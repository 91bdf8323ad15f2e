import type { CompiledModel } from "@vouch/compiler";
import { emitCircom } from "@vouch/compiler";
import type { Circuit, Hex, Manifest, Release } from "@vouch/protocol";
import { circuitId, contentId, manifestHash, wordToHex } from "@vouch/protocol";
import type { CircuitArtefacts } from "@vouch/prover";
import { buildCircuit } from "@vouch/prover";
import { PublisherError } from "./errors.ts";
import type { PrepareOptions } from "./prepareRelease.ts";
import { circuitTensor, commitToWeights, recompile } from "./prepareRelease.ts";

/** What was derived again from file and salt, and is what the release says. */
export type VerifiedRelease = {
  readonly content: Hex;
  readonly manifest: Hex;
  readonly weights: Hex;
  readonly r1cs: Hex;
  readonly circuit: Hex;
  readonly compiled: CompiledModel;
  readonly artefacts: CircuitArtefacts;
};

/**
 * Derives content hash, weights commitment and circuit id of a release again from its file and salt, and demands that
 * they are the registered ones. Compilation is deterministic to the byte, so the r1cs hash settles the circuit; the key
 * and transcript are the registered circuit's own.
 *
 * @throws {PublisherError} `CONTENT_MISMATCH`, `MANIFEST_MISMATCH`, `WEIGHTS_MISMATCH`, `CIRCUIT_MISMATCH`.
 */
export async function verifyRelease(
  registered: { readonly release: Release; readonly circuit: Circuit },
  {
    file,
    salt,
    manifest,
  }: { readonly file: Uint8Array; readonly salt: Hex; readonly manifest: Manifest },
  { cache, onProgress }: PrepareOptions,
): Promise<VerifiedRelease> {
  const { release, circuit } = registered;
  const content = contentId(file, salt);
  if (content !== release.content) {
    throw new PublisherError({
      code: "CONTENT_MISMATCH",
      registered: release.content,
      derived: content,
    });
  }
  const manifestId = manifestHash(manifest);
  if (manifestId !== release.manifest) {
    throw new PublisherError({
      code: "MANIFEST_MISMATCH",
      registered: release.manifest,
      derived: manifestId,
    });
  }
  const compiled = recompile(file, manifest);
  const weights = wordToHex(commitToWeights(compiled, salt));
  if (weights !== wordToHex(release.weights)) {
    throw new PublisherError({
      code: "WEIGHTS_MISMATCH",
      registered: wordToHex(release.weights),
      derived: weights,
    });
  }
  const artefacts = await buildCircuit(emitCircom(compiled), {
    cache,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  requireSame("r1cs hash", circuit.r1cs, artefacts.hash);
  requireSame(
    "input encoding",
    JSON.stringify(circuit.input),
    JSON.stringify(circuitTensor(compiled.input)),
  );
  requireSame(
    "output encoding",
    JSON.stringify(circuit.output),
    JSON.stringify(circuitTensor(compiled.output)),
  );
  requireSame(
    "fraction bits of the input",
    String(release.inputFractionBits),
    String(compiled.input.fractionBits),
  );
  requireSame(
    "fraction bits of the output",
    String(release.outputFractionBits),
    String(compiled.output.fractionBits),
  );
  const derived = circuitId(circuit);
  requireSame("id", release.circuit, derived);
  return {
    content,
    manifest: manifestId,
    weights,
    r1cs: artefacts.hash,
    circuit: derived,
    compiled,
    artefacts,
  };
}

function requireSame(what: string, registered: string, derived: string): void {
  if (registered !== derived)
    throw new PublisherError({ code: "CIRCUIT_MISMATCH", what, registered, derived });
}
