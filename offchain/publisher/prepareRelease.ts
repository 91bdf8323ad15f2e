import { randomBytes } from "node:crypto";
import type { CompiledModel, DeclaredEncoding, Port, WeightsMode } from "@vouch/compiler";
import { compile, COMPILER, driftReport, emitCircom } from "@vouch/compiler";
import type {
  Circuit,
  CircuitTensor,
  Hex,
  Manifest,
  Policy,
  Release,
  TensorEncoding,
} from "@vouch/protocol";
import {
  bytesToHex,
  circuitId,
  contentId,
  manifestHash,
  releaseId,
  weightsCommitment,
  weightsSalt,
} from "@vouch/protocol";
import type { CircuitArtefacts, OnProgress, Setup } from "@vouch/prover";
import { buildCircuit, ceremonySetup, developmentSetup } from "@vouch/prover";
import type { ReleaseBundle } from "./bundle.ts";
import { PublisherError } from "./errors.ts";

/** Where the proving key comes from. */
export type SetupChoice =
  /** Made here by one party in seconds; marked as such and refused by every policy that does not name it. */
  | { readonly kind: "development" }
  /** Phase 1 from a public powers-of-tau file (found or downloaded where `ptau` is absent), then phase 2 here. */
  | { readonly kind: "ceremony"; readonly ptau?: string };

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
  readonly setup: SetupChoice;
  readonly licence: string;
  readonly royaltyBps: number;
  readonly floor: Policy;
  /** Of private weights only; drawn at random where absent. */
  readonly salt?: Hex;
  readonly preprocessing?: Manifest["preprocessing"];
  readonly notice?: string;
};

/** Where artefacts are kept and who hears of progress. */
export type PrepareOptions = { readonly cache: string; readonly onProgress?: OnProgress };

/** A bundle with what was made on the way. */
export type PreparedRelease = {
  readonly bundle: ReleaseBundle;
  readonly compiled: CompiledModel;
  readonly artefacts: CircuitArtefacts;
  readonly setup: Setup;
};

/**
 * Compiles a model, builds its circuit, sets it up and describes the release; sends nothing.
 *
 * @throws {PublisherError} `SALT_INVALID`, `SALT_UNUSED`, `OUTPUT_NEEDS_SECRET`; {CompilerError}; {ProverError}.
 */
export async function prepareRelease(
  plan: ReleasePlan,
  options: PrepareOptions,
): Promise<PreparedRelease> {
  const salt = saltOf(plan);
  if (plan.input.mode === "public" && plan.output.mode === "committed") {
    throw new PublisherError({ code: "OUTPUT_NEEDS_SECRET" });
  }

  const compiled = compilePlan(plan);
  const { artefacts, setup } = await setUp(compiled, plan.setup, options);
  const manifest = describe(plan, compiled);
  const circuit = describeCircuit(compiled, artefacts, setup);
  const release: Release = {
    publisher: plan.publisher,
    model: plan.model,
    version: plan.version,
    content: contentId(plan.file, salt),
    weights: commitToWeights(compiled, salt),
    circuit: circuitId(circuit),
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
  return { bundle, compiled, artefacts, setup };
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

/** Builds the circuit of a compiled model and its keys, from the cache where they are there. */
export async function setUp(
  compiled: CompiledModel,
  choice: SetupChoice,
  { cache, onProgress }: PrepareOptions,
): Promise<{ artefacts: CircuitArtefacts; setup: Setup }> {
  const options = { cache, ...(onProgress === undefined ? {} : { onProgress }) };
  const artefacts = await buildCircuit(emitCircom(compiled), options);
  const setup =
    choice.kind === "development"
      ? await developmentSetup(artefacts, options)
      : await ceremonySetup(artefacts, {
          ...options,
          ...(choice.ptau === undefined ? {} : { ptau: choice.ptau }),
          contributions: [{ name: "publisher" }],
        });
  return { artefacts, setup };
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

/**
 * Returns the commitment `W` of a compiled model; 0 where its weights are public, which the circuit itself holds.
 *
 * @throws {PublisherError} `SALT_MISSING` where the weights are private.
 */
export function commitToWeights({ graph, weights }: CompiledModel, salt?: Hex): bigint {
  if (weights === "public") return 0n;
  if (salt === undefined) throw new PublisherError({ code: "SALT_MISSING" });
  const parameters = graph.parameters.map(({ type, values }) => ({ ...type, values }));
  return weightsCommitment(weightsSalt(salt), parameters);
}

/** Returns the registry's word for a weights mode. */
export function weightsOf({ weights }: Pick<CompiledModel, "weights">): Circuit["weights"] {
  return weights === "public" ? "constant" : "committed";
}

/** Returns what a circuit declares of a tensor. */
export function circuitTensor({ mode, elements, bits, signed }: TensorEncoding): CircuitTensor {
  return { mode, elements, bits, signed };
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

function describeCircuit(
  compiled: CompiledModel,
  artefacts: CircuitArtefacts,
  setup: Setup,
): Circuit {
  return {
    system: "groth16",
    weights: weightsOf(compiled),
    setup: setup.class,
    input: circuitTensor(compiled.input),
    output: circuitTensor(compiled.output),
    r1cs: artefacts.hash,
    transcript: setup.transcript,
    key: setup.key,
  };
}

function describe(plan: ReleasePlan, compiled: CompiledModel): Manifest {
  const { graph, float, widths } = compiled;
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
    report: driftReport(compiled, plan.heldOut, plan.labels),
    ...(plan.preprocessing === undefined ? {} : { preprocessing: plan.preprocessing }),
    ...(plan.notice === undefined ? {} : { notice: plan.notice }),
  };
}

function portOf({ name, shape }: Port): { name: string; shape: number[] } {
  return { name, shape: [...shape] };
}
