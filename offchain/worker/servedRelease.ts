import type { CompiledModel, ProvableModel } from "@vouch/compiler";
import type { Release, ReleaseCircuit, ReleaseId } from "@vouch/protocol";
import { circuitId } from "@vouch/protocol";
import type { ProvingArtefacts } from "@vouch/prover";
import type { Home, PrepareOptions } from "@vouch/publisher";
import { provingKeyPath, readBundle, verifyRelease, weightsSalts } from "@vouch/publisher";
import type { IntegerModel } from "./runIntegerModel.ts";
import { loadIntegerModel } from "./runIntegerModel.ts";

/** A release that is ready to be run and proven: file checked, model loaded, key at hand. */
export type ServedRelease = {
  readonly id: ReleaseId;
  readonly release: Release;
  readonly circuit: ReleaseCircuit;
  readonly compiled: CompiledModel;
  /** What its circuits prove: the model, or its segments in order. */
  readonly models: readonly ProvableModel[];
  /** Of each circuit. */
  readonly proving: readonly ProvingArtefacts[];
  /** Of each circuit; none where the weights are public. */
  readonly weightsSalts: readonly bigint[];
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
  const { compiled, circuits } = await verifyRelease(bundle, bundle, options);
  const models = circuits.map(({ model }) => model);
  return {
    id,
    release: bundle.release,
    circuit: bundle.circuit,
    compiled,
    models,
    proving: circuits.map(({ circuit, artefacts }) => ({
      wasm: artefacts.wasm,
      zkey: provingKeyPath(home.keys, circuitId(circuit)),
    })),
    weightsSalts: weightsSalts(models, bundle.salt),
    model: await loadIntegerModel(id, compiled.graph),
  };
}

/** Frees what onnxruntime holds for a release. */
export async function unloadRelease({ model }: ServedRelease): Promise<void> {
  await model.release();
}
