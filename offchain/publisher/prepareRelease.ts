import { randomBytes } from "node:crypto";
import type {
  CompiledModel,
  DeclaredEncoding,
  Port,
  ProvableModel,
  WeightsMode,
} from "@vouch/compiler";
import { compile, COMPILER, driftReport } from "@vouch/compiler";
import type {
  Hex,
  Manifest,
  Policy,
  Release,
  ReleaseCircuit,
  SingleCircuit,
} from "@vouch/protocol";
import {
  bytesToHex,
  contentId,
  joinCircuits,
  manifestHash,
  releaseCircuitId,
  releaseId,
  withBatches,
} from "@vouch/protocol";
import { batchModels, requireBatchSizes } from "./batchSizes.ts";
import type { ReleaseBundle } from "./bundle.ts";
import { commitToWeights } from "./commitToWeights.ts";
import { cutModel } from "./cutModel.ts";
import { PublisherError } from "./errors.ts";
import type { PreparedBatch } from "./setUpBatches.ts";
import { setUpBatches, withKeys } from "./setUpBatches.ts";
import type { PreparedCircuit, PrepareOptions, SetupChoice } from "./setUpCircuits.ts";
import { setUpCircuits } from "./setUpCircuits.ts";
import { setUpCommitted } from "./setUpCommitted.ts";

/** What a publisher decides. */
export type ReleasePlan = {
  readonly file: Uint8Array;
  readonly model: string;
  readonly version: string;
  readonly publisher: Hex;
  /** Rows that the ranges of activations are taken from. */
  readonly calibration: readonly ArrayLike<number>[];
  /** Rows that the report is made on; they take no part in calibration. */
  readonly heldOut: readonly ArrayLike<number>[];
  /** Class, or value, of each held-out row where it is known. */
  readonly labels?: readonly (number | undefined)[];
  readonly input: DeclaredEncoding;
  readonly output: DeclaredEncoding;
  /** Public weights take one set-up for each training, private ones one for each architecture. */
  readonly weights: WeightsMode;
  /** Lengths that the file leaves open, by their name in it. */
  readonly dimensions?: Readonly<Record<string, number>>;
  /** Widths are chosen such that the answer moves by no more than this, in units of the output. */
  readonly maxDrift?: number;
  /** Numbers of inferences that have a circuit of their own, beside the one of one: ascending, each 2 to 128. */
  readonly batches?: readonly number[];
  /** Constraints that one circuit may have: a larger model is cut into segments. */
  readonly maxConstraints?: number;
  readonly setup: SetupChoice;
  /** How it is proven; by plain Groth16 where absent. */
  readonly system?: SingleCircuit["system"];
  readonly licence: string;
  readonly royaltyBps: number;
  readonly floor: Policy;
  /** Of private weights only; drawn at random where absent. */
  readonly salt?: Hex;
  readonly preprocessing?: Manifest["preprocessing"];
  readonly notice?: string;
};

/** A bundle with what was made on the way. */
export type PreparedRelease = {
  readonly bundle: ReleaseBundle;
  readonly compiled: CompiledModel;
  /** In the order of the release's segments; one where it is not cut. */
  readonly circuits: readonly PreparedCircuit[];
  /** Those of several inferences, ascending. */
  readonly batches: readonly PreparedBatch[];
};

/**
 * Compiles a model, cuts it where it is above the plan's budget, builds its circuits, sets them up and describes the
 * release; sends nothing.
 *
 * @throws {PublisherError} `SALT_INVALID`, `SALT_UNUSED`, `OUTPUT_NEEDS_SECRET`, `TOO_MANY_SEGMENTS`, `SYSTEM_UNFIT`, `BATCH_SIZE`,
 * `TOO_MANY_BATCHES`, `BATCHES_SEGMENTED`, `BATCH_TOO_LARGE`, `CEREMONY_KEYS`; {CompilerError}; {ProverError}.
 */
export async function prepareRelease(
  plan: ReleasePlan,
  options: PrepareOptions,
): Promise<PreparedRelease> {
  const salt = saltOf(plan);
  if (plan.input.mode === "public" && plan.output.mode === "committed") {
    throw new PublisherError({ code: "OUTPUT_NEEDS_SECRET" });
  }
  const { batches: sizes = [], system = "groth16", setup } = plan;
  requireBatchSizes(sizes);

  const compiled = compilePlan(plan);
  const models = cutModel(compiled, plan);
  const wanted = batchModels(models, sizes, system, plan.maxConstraints);
  const files = filesOfCircuit(system, salt);
  const own = models.length * files;
  const keys = ceremonyKeys(setup, own + wanted.length * files);
  const choice = withKeys(setup, keys?.slice(0, own));
  const circuits = await setUp({ ...plan, setup: choice }, models, salt, options);
  const batchKeys = wanted.map((_, i) => keys?.slice(own + i * files, own + (i + 1) * files));
  const batches = await setUpBatches(wanted, { system, setup }, batchKeys, salt, options);
  const manifest = describe(plan, compiled, models.length);
  const circuit = releaseCircuitOf(circuits, batches);
  const release: Release = {
    publisher: plan.publisher,
    model: plan.model,
    version: plan.version,
    content: contentId(plan.file, salt),
    weights: commitToWeights(models, salt),
    circuit: releaseCircuitId(circuit),
    inputFractionBits: compiled.input.fractionBits,
    outputFractionBits: compiled.output.fractionBits,
    runtime: "bitExact",
    manifest: manifestHash(manifest),
    licence: plan.licence,
    royaltyBps: plan.royaltyBps,
    floor: plan.floor,
  };
  const bundle: ReleaseBundle = {
    id: releaseId(release),
    release,
    circuit,
    manifest,
    ...(salt === undefined ? {} : { salt }),
    file: plan.file,
  };
  return { bundle, compiled, circuits, batches };
}

function releaseCircuitOf(
  circuits: readonly PreparedCircuit[],
  batches: readonly PreparedBatch[],
): ReleaseCircuit {
  const [first] = circuits;
  if (batches.length === 0 || first === undefined)
    return joinCircuits(circuits.map((it) => it.circuit));
  return withBatches(
    first.circuit,
    batches.map(({ count, circuit }) => ({ count, circuit })),
  );
}

/** How many files of a ceremony one circuit takes: its key; for private weights by commit-and-prove theirs and the link too. */
function filesOfCircuit(system: ReleasePlan["system"], salt: Hex | undefined): number {
  return system === "committedGroth16" && salt !== undefined ? 3 : 1;
}

/** The final files of a ceremony: those of the models' circuits, then those of several inferences. */
function ceremonyKeys(setup: SetupChoice, expected: number): readonly string[] | undefined {
  if (setup.kind !== "ceremony" || setup.zkeys === undefined) return undefined;
  const given = setup.zkeys.length;
  if (given !== expected) throw new PublisherError({ code: "CEREMONY_KEYS", given, expected });
  return setup.zkeys;
}

async function setUp(
  { system, setup }: ReleasePlan,
  models: readonly ProvableModel[],
  salt: Hex | undefined,
  options: PrepareOptions,
): Promise<readonly PreparedCircuit[]> {
  if (system !== "committedGroth16") return setUpCircuits(models, setup, options);
  const [model, ...others] = models;
  if (model === undefined || others.length > 0)
    throw new PublisherError({ code: "SYSTEM_UNFIT", reason: "the model is cut into segments" });
  return [await setUpCommitted(model, setup, salt, options)];
}

/**
 * Compiles the model of a plan, with ranges measured on its calibration rows.
 *
 * @throws {CompilerError}
 */
export function compilePlan(plan: ReleasePlan): CompiledModel {
  const { file, model, input, output, weights, calibration, dimensions, maxDrift } = plan;
  return compile(file, {
    name: model,
    input,
    output,
    weights,
    calibration: { samples: calibration },
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(maxDrift === undefined ? {} : { maxDrift }),
  });
}

/** Compiles a released file again, with the ranges and widths of its manifest instead of samples. */
export function recompile(file: Uint8Array, manifest: Manifest): CompiledModel {
  const { model, input, output, weights, calibration, widths, dimensions } = manifest;
  return compile(file, {
    name: model,
    input: input.encoding,
    output: output.encoding,
    weights: weights ?? "private",
    calibration: { ranges: calibration },
    ...(widths === undefined ? {} : { widths }),
    ...(dimensions === undefined ? {} : { dimensions }),
  });
}

function saltOf({ weights, salt }: ReleasePlan): Hex | undefined {
  if (weights === "public") {
    if (salt !== undefined) throw new PublisherError({ code: "SALT_UNUSED" });
    return undefined;
  }
  if (salt === undefined) return bytesToHex(randomBytes(32));
  if (!/^0x[0-9a-f]{64}$/.test(salt)) throw new PublisherError({ code: "SALT_INVALID" });
  return salt;
}

function describe(plan: ReleasePlan, compiled: CompiledModel, segments: number): Manifest {
  const { graph, float, widths } = compiled;
  const { maxConstraints } = plan;
  return {
    format: "vouch.manifest/1",
    compiler: COMPILER,
    model: plan.model,
    version: plan.version,
    weights: compiled.weights,
    input: { name: graph.input.id, shape: [...graph.input.shape], encoding: compiled.input },
    output: { name: graph.output.id, shape: [...graph.output.shape], encoding: compiled.output },
    ports: { inputs: float.inputs.map(portOf), outputs: float.outputs.map(portOf) },
    ...(plan.dimensions === undefined ? {} : { dimensions: { ...plan.dimensions } }),
    quantization: { weightBits: 8, activationBits: 8 },
    calibration: { ...compiled.ranges },
    ...(Object.keys(widths).length === 0 ? {} : { widths: { ...widths } }),
    ...(segments === 1 || maxConstraints === undefined ? {} : { maxConstraints }),
    report: driftReport(compiled, plan.heldOut, plan.labels),
    ...(plan.preprocessing === undefined ? {} : { preprocessing: plan.preprocessing }),
    ...(plan.notice === undefined ? {} : { notice: plan.notice }),
  };
}

function portOf({ name, shape }: Port): { name: string; shape: number[] } {
  return { name, shape: [...shape] };
}
