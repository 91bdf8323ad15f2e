/** Test only: a release in segments whose circuits are trapdoors': what proves a statement is checked, and no circuit is built. */
import { circuitTensor, compile, segmentGraph } from "@vouch/compiler";
import { loadIntegerModel } from "@vouch/execution";
import type { Circuit, Hex, Release, ReleaseCircuit, ReleaseId } from "@vouch/protocol";
import {
  joinCircuits,
  parseRequestId,
  releaseCircuitId,
  releaseId,
  segmentedWeights,
} from "@vouch/protocol";
import type { MadeProof, ProofMaker, ServedRelease } from "@vouch/worker";
import { joinSecret, statementClaims } from "@vouch/worker";
import { id } from "ethers";
import { layeredModel } from "./layeredModel.ts";
import { TINY_ROWS } from "./tinyRows.ts";
import type { TrapdoorKey } from "./trapdoorKey.ts";
import { trapdoorKey } from "./trapdoorKey.ts";
import { CIRCUIT, RELEASE } from "./trapdoorReceipt.ts";

/** A release in segments, and the trapdoors of their circuits. */
export type SegmentedModel = {
  readonly served: ServedRelease;
  readonly keys: readonly TrapdoorKey[];
};

const MAX_CONSTRAINTS = 1_500;

/** Three segments with private weights, input and output public; of so many constraints at most where a budget is given. */
export async function segmentedModel(budget = MAX_CONSTRAINTS): Promise<SegmentedModel> {
  const compiled = compile(layeredModel(3), {
    ...{ name: "layered", weights: "private", calibration: { samples: TINY_ROWS } },
    input: { mode: "public", bits: 8, fractionBits: 6 },
    output: { mode: "public", bits: 24, fractionBits: 12 },
  });
  const models = segmentGraph(compiled, budget);
  const keys = models.map((_, index) => trapdoorKey(`segment ${index}`));
  const circuit = joinCircuits(
    models.map((model, index): Circuit => ({
      ...{ ...CIRCUIT, key: keys[index]?.key ?? CIRCUIT.key },
      ...{ input: circuitTensor(model.input), output: circuitTensor(model.output) },
    })),
  );
  const parts = {
    ...{ models, circuit },
    proving: models.map((_, index) => ({ wasm: String(index), zkey: String(index) })),
    weightsSalts: models.map((_, index) => BigInt(index + 5)),
  };
  const release: Release = {
    ...{ ...RELEASE, model: "layered", circuit: releaseCircuitId(circuit) },
    inputFractionBits: compiled.input.fractionBits,
    outputFractionBits: compiled.output.fractionBits,
    weights: weightsOf(parts),
  };
  const of: ReleaseId = releaseId(release);
  const model = await loadIntegerModel(of, compiled.graph);
  return { served: { id: of, release, compiled, model, batches: [], ...parts }, keys };
}

/** What the release commits to: of any statement the same. */
function weightsOf(
  served: Pick<ServedRelease, "models" | "proving" | "weightsSalts"> & {
    readonly circuit: ReleaseCircuit;
  },
): bigint {
  const digest = id("a statement") as Hex;
  const witness = { input: [0n, 0n, 0n, 0n], output: [0n, 0n] };
  const task = { served, request: parseRequestId(digest), digest, witness };
  const evidence = statementClaims(task, joinSecret(new Uint8Array(32))).evidenceOf([]);
  if (!("weights" in evidence)) throw new TypeError("the model is in one segment");
  return segmentedWeights(evidence.weights);
}

/** Makes proofs by the trapdoors; `onMake` is told which segment's. */
export function trapdoorMaker(
  { keys }: SegmentedModel,
  onMake: (segment: number) => Promise<void> | void = () => undefined,
): ProofMaker {
  return async ({ wasm }, inputs): Promise<MadeProof> => {
    const segment = Number(wasm);
    await onMake(segment);
    const { c, z, e } = inputs as Record<"c" | "z" | "e", bigint>; // of every circuit of ours
    const key = keys[segment];
    if (key === undefined) throw new TypeError(`there is no segment ${wasm}`);
    return { proof: key.prove([c, z, e]), publicSignals: [c, z, e], prover: "trapdoor" };
  };
}
