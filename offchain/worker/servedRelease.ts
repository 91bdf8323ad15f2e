import { hkdfSync } from "node:crypto";
import type { CompiledModel, ProvableModel } from "@vouch/compiler";
import type { IntegerModel, OnnxBackend } from "@vouch/execution";
import { loadIntegerModel, writeExecutable } from "@vouch/execution";
import type { Hex, Release, ReleaseCircuit, ReleaseId } from "@vouch/protocol";
import { hexToBytes, releaseCircuitId, singleOf, weightsBlind } from "@vouch/protocol";
import type { ProvingArtefacts } from "@vouch/prover";
import type {
  Holder,
  Home,
  PrepareOptions,
  ReleaseBundle,
  VerifiedCircuit,
} from "@vouch/publisher";
import {
  isSealed,
  openBundle,
  requireProvingKey,
  requireWeightsPoint,
  verifyRelease,
  weightsSalts,
} from "@vouch/publisher";

/** A circuit of so many inferences, ready to prove them. */
export type ServedBatch = {
  readonly count: number;
  /** The model of as many inferences, each with words of its own. */
  readonly model: ProvableModel;
  readonly artefacts: ProvingArtefacts;
  /** What hides private weights in the point of this circuit; the one of one inference has another. */
  readonly weightsBlind?: bigint | undefined;
};

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
  /** What hides private weights in the point that commit-and-prove proofs are verified against. */
  readonly weightsBlind?: bigint | undefined;
  /** By which several inferences are proven at once, ascending; none where the release has no such circuits. */
  readonly batches: readonly ServedBatch[];
  readonly model: IntegerModel;
};

export type LoadOptions = PrepareOptions & {
  /** Opens sealed bundles; without it they are refused. */
  readonly holder?: Holder | undefined;
};

/**
 * Loads a release from its bundle and verifies it from file and salt: an operator locks only what it has checked, since
 * on-chain nobody can see that `W`, or with public weights the r1cs, matches the file.
 * With a back end its session is that one's, within its budget; without one it is loaded for good.
 * What it verified is written to the cache, from where `openExecutable` runs it without compiling it again.
 * A key of another circuit would make proofs that nobody accepts, behind a lock that is never honoured.
 *
 * @throws {PublisherError} where bundle and release disagree, or a key and its circuit; {ExecutionError} `MODEL_LOAD_FAILED`.
 */
export async function loadRelease(
  home: Pick<Home, "releases" | "keys">,
  id: ReleaseId,
  { holder, ...options }: LoadOptions,
  backend?: OnnxBackend,
): Promise<ServedRelease> {
  const isSecret = isSealed(home.releases, id);
  const bundle = await openBundle(home.releases, id, holder);
  const { compiled, circuits, batches } = await verifyRelease(bundle, bundle, options);
  const models = circuits.map(({ model }) => model);
  const { content } = bundle.release;
  const key = isSecret ? executableKey(bundle) : undefined;
  const executable = await writeExecutable(options.cache, { release: id, content, compiled, key });
  backend?.register(executable);
  const artefactsOf = (it: VerifiedCircuit): Promise<ProvingArtefacts> =>
    provingArtefacts(home.keys, it, bundle.salt);
  return {
    id,
    release: bundle.release,
    circuit: bundle.circuit,
    compiled,
    models,
    proving: await Promise.all(circuits.map(artefactsOf)),
    weightsSalts: weightsSalts(models, bundle.salt),
    batches: await Promise.all(
      batches.map(async (it) => ({
        ...{ count: it.count, model: it.model, artefacts: await artefactsOf(it) },
        weightsBlind: blindOf(bundle, it.circuit),
      })),
    ),
    weightsBlind: blindOf(bundle, singleOf(bundle.circuit)),
    model:
      backend === undefined
        ? await loadIntegerModel(id, compiled.graph)
        : {
            run: (input) => backend.run(id, input),
            runAll: (inputs) => backend.runAll(id, inputs),
            ready: () => backend.warmUp(id),
            release: () => Promise.resolve(),
          },
  };
}

/** Seals what is kept of a sealed release: whoever holds its salt derives it, in every process alike. */
function executableKey({ id, salt }: ReleaseBundle): Uint8Array | undefined {
  if (salt === undefined) return undefined;
  return new Uint8Array(hkdfSync("sha256", hexToBytes(salt), "vouch.executable", id, 32));
}

/** A circuit with its key, which is the registered one and has the point of these weights. */
async function provingArtefacts(
  keys: string,
  { circuit, artefacts, model }: VerifiedCircuit,
  salt: Hex | undefined,
): Promise<ProvingArtefacts> {
  const zkey = await requireProvingKey(keys, circuit);
  await requireWeightsPoint(zkey, circuit, model, salt);
  const { wasm, r1cs, layout } = artefacts;
  return { wasm, r1cs, layout, zkey };
}

/** What hides private weights in the point of one circuit. */
function blindOf({ salt, release }: ReleaseBundle, circuit: ReleaseCircuit): bigint | undefined {
  if (salt === undefined) return undefined;
  return weightsBlind(salt, release.weights, releaseCircuitId(circuit));
}

/** Frees what onnxruntime holds for a release. */
export async function unloadRelease({ model }: ServedRelease): Promise<void> {
  await model.release();
}
