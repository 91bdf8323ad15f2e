import type { CompiledModel } from "@vouch/compiler";
import type { Circuit, Release, ReleaseId } from "@vouch/protocol";
import { weightsSalt } from "@vouch/protocol";
import type { ProvingArtefacts } from "@vouch/prover";
import type { Home, PrepareOptions } from "@vouch/publisher";
import { provingKeyPath, readBundle, verifyRelease } from "@vouch/publisher";
import type { IntegerModel } from "./runIntegerModel.ts";
import { loadIntegerModel } from "./runIntegerModel.ts";

/** A release that is ready to be run and proven: file checked, model loaded, key at hand. */
export type ServedRelease = {
  readonly id: ReleaseId;
  readonly release: Release;
  readonly circuit: Circuit;
  readonly compiled: CompiledModel;
  readonly proving: ProvingArtefacts;
  /** Absent where the weights are public. */
  readonly weightsSalt: bigint | undefined;
  readonly model: IntegerModel;
};

/**
 * Loads a release from its bundle and verifies it from file and salt: an operator locks only what it has checked, since
 * on-chain nobody can see that `W`, or with public weights the r1cs, matches the file.
 *
 * @throws {PublisherError} where bundle and release disagree; {WorkerError} `MODEL_RUN_FAILED`.
 */
export async function loadRelease(
  home: Pick<Home, "releases" | "keys">,
  id: ReleaseId,
  options: PrepareOptions,
): Promise<ServedRelease> {
  const bundle = readBundle(home.releases, id);
  const { compiled, artefacts } = await verifyRelease(bundle, bundle, options);
  return {
    id,
    release: bundle.release,
    circuit: bundle.circuit,
    compiled,
    proving: { wasm: artefacts.wasm, zkey: provingKeyPath(home.keys, bundle.release.circuit) },
    weightsSalt: bundle.salt === undefined ? undefined : weightsSalt(bundle.salt),
    model: await loadIntegerModel(id, compiled.graph),
  };
}

/** Frees what onnxruntime holds for a release. */
export async function unloadRelease({ model }: ServedRelease): Promise<void> {
  await model.release();
}
