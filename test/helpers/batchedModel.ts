/** Test only: a release with circuits of several inferences that are trapdoors': what is proven is checked, and no circuit is built. */
import { batchModel, circuitTensor, compile } from "@vouch/compiler";
import { loadIntegerModel } from "@vouch/execution";
import type { Circuit, Hex, Release, ReleaseId } from "@vouch/protocol";
import { releaseCircuitId, releaseId, weightsCommitment, withBatches } from "@vouch/protocol";
import type { MadeProof, ProofMaker, ServedRelease } from "@vouch/worker";
import { id } from "ethers";
import { layeredModel } from "./layeredModel.ts";
import { TINY_ROWS } from "./tinyRows.ts";
import type { TrapdoorKey } from "./trapdoorKey.ts";
import { trapdoorKey } from "./trapdoorKey.ts";
import { CIRCUIT, RELEASE } from "./trapdoorReceipt.ts";

/** A release with batches, and the trapdoors of its circuits by how many inferences they prove. */
export type BatchedModel = {
  readonly served: ServedRelease;
  readonly keys: ReadonlyMap<number, TrapdoorKey>;
};

const WEIGHTS_SALT = 5n;

/** Private weights, input and output public; circuits of one inference and of `counts`. */
export async function batchedModel(counts: readonly number[] = [2, 4]): Promise<BatchedModel> {
  const compiled = compile(layeredModel(1), {
    ...{ name: "batched", weights: "private", calibration: { samples: TINY_ROWS } },
    input: { mode: "public", bits: 8, fractionBits: 6 },
    output: { mode: "public", bits: 24, fractionBits: 12 },
  });
  const keys = new Map([1, ...counts].map((count) => [count, trapdoorKey(`batch of ${count}`)]));
  const circuitOf = (count: number): Circuit => ({
    ...CIRCUIT,
    r1cs: id(`r1cs of ${count}`) as Hex,
    key: keys.get(count)?.key ?? CIRCUIT.key,
    input: circuitTensor(compiled.input),
    output: circuitTensor(compiled.output),
  });
  const circuit = withBatches(
    circuitOf(1),
    counts.map((count) => ({ count, circuit: circuitOf(count) })),
  );
  const parameters = compiled.graph.parameters.map((it) => ({ ...it.type, values: it.values }));
  const release: Release = {
    ...{ ...RELEASE, model: "batched", circuit: releaseCircuitId(circuit) },
    inputFractionBits: compiled.input.fractionBits,
    outputFractionBits: compiled.output.fractionBits,
    weights: weightsCommitment(WEIGHTS_SALT, parameters),
  };
  const of: ReleaseId = releaseId(release);
  const served: ServedRelease = {
    ...{ id: of, release, circuit, compiled, models: [compiled], weightsSalts: [WEIGHTS_SALT] },
    proving: [artefactsOf(1)],
    batches: counts.map((count) => ({
      ...{ count, artefacts: artefactsOf(count) },
      model: batchModel(compiled, count),
    })),
    model: await loadIntegerModel(of, compiled.graph),
  };
  return { served, keys };
}

/** Makes proofs by the trapdoors; `onMake` is told of how many inferences. */
export function batchMaker(
  { keys }: BatchedModel,
  onMake: (count: number) => Promise<void> | void = () => undefined,
): ProofMaker {
  return async ({ wasm }, inputs): Promise<MadeProof> => {
    const count = Number(wasm);
    await onMake(count);
    const { c, z, e } = inputs as Record<"c" | "z" | "e", bigint>; // of every circuit of ours
    const key = keys.get(count);
    if (key === undefined) throw new TypeError(`there is no circuit of ${wasm}`);
    return { proof: key.prove([c, z, e]), publicSignals: [c, z, e], prover: "trapdoor" };
  };
}

const artefactsOf = (count: number): { wasm: string; zkey: string } => ({
  wasm: String(count),
  zkey: String(count),
});
