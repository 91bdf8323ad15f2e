import type { CompiledModel, ProvableModel } from "@vouch/compiler";
import { CompilerError } from "@vouch/compiler";
import type { Circuit, CircuitId, Release, ReleaseCircuit, SingleCircuit } from "@vouch/protocol";
import { circuitsOf, ProtocolError } from "@vouch/protocol";
import type { CircuitArtefacts, OnProgress } from "@vouch/prover";
import { domainPower, obtainPtau, ProverError, verifySetup } from "@vouch/prover";
import { cutModel } from "./cutModel.ts";
import { PublisherError } from "./errors.ts";
import { recompile } from "./prepareRelease.ts";
import { requireCommittedSetup } from "./requireCommittedSetup.ts";
import { ofBatch } from "./setUpBatches.ts";
import type { PrepareOptions, WeightsFiles } from "./setUpCircuits.ts";
import { ofSegment } from "./setUpCircuits.ts";
import type { ReleaseMaterial } from "./verifyRelease.ts";
import {
  registeredBatches,
  requireCircuitId,
  requireContent,
  requireDeclared,
  requireFractionBits,
  requireManifest,
  requireR1cs,
  requireWeights,
  requireWeightsR1cs,
} from "./verifyRelease.ts";

/** A circuit or list of circuits as the chain has it, and the release that it is to be the circuit of, where one is asked about. */
export type RegisteredCircuit = {
  readonly id: CircuitId;
  readonly circuit: ReleaseCircuit;
  readonly release?: Release;
};

/** What a circuit is derived from again. */
export type CircuitMaterial = ReleaseMaterial & {
  /** Paths of the proving keys, in the order of the segments, then of the batches; a set-up whose key is absent is left unchecked. */
  readonly zkeys?: readonly string[];
  /** Of commit-and-prove with private weights, in the same order: the weights' own key, and the link. */
  readonly weightsFiles?: readonly (WeightsFiles | undefined)[];
  /** Powers of tau of a ceremony; looked up or downloaded where absent. */
  readonly ptau?: string;
};

/** One thing that was looked into. */
export type Finding = {
  readonly name: "content" | "manifest" | "weights" | "encodings" | "r1cs" | "circuit" | "key";
  /** Which segment it is about, from 0; absent where it is about all, or there is one circuit. */
  readonly segment?: number;
  /** Of how many inferences the circuit is that it is about; absent where it is of one, or about all. */
  readonly inferences?: number;
  readonly status: "holds" | "fails" | "unchecked";
  readonly detail: string;
};

/**
 * Derives a registered circuit again from an ONNX file and its manifest (circom text, then r1cs), compares it with what is
 * registered, and checks that the verifying key on-chain is the one of a set-up of that very r1cs. Goes on where something
 * fails, as far as it can.
 *
 * @throws {PublisherError} `SALT_MISSING` for a release with private weights; {ProverError} `PTAU_MISSING` and the like
 * where the powers of tau cannot be had.
 */
export async function verifyCircuit(
  { id, circuit, release }: RegisteredCircuit,
  material: CircuitMaterial,
  options: PrepareOptions,
): Promise<readonly Finding[]> {
  const { file, manifest, salt } = material;
  if (release !== undefined && circuit.weights === "committed" && salt === undefined)
    throw new PublisherError({ code: "SALT_MISSING" });
  const findings: Finding[] = [];
  const find = collect(findings);

  if (release !== undefined) {
    await find("content", () => requireContent({ release, circuit }, file, salt), describeContent);
    await find("manifest", () => requireManifest(release, manifest), String);
  }
  await find("circuit", () => requireCircuitId(id, circuit), String);
  const compiled = await find(
    "encodings",
    () => {
      const model = recompile(file, manifest);
      const models = cutModel(model, manifest);
      requireDeclared(circuit, models);
      if (release !== undefined) requireFractionBits(release, model);
      return { model, models };
    },
    describeEncodings,
  );
  const skip = (name: Finding["name"], detail: string): void => {
    findings.push({ name, status: "unchecked", detail });
  };
  if (compiled === undefined) {
    const reason = "the file gives no model of these encodings";
    for (const name of ["weights", "r1cs", "key"] as const) skip(name, reason);
    return findings;
  }
  const { models } = compiled;
  const powers = material.ptau === undefined ? {} : { ptau: material.ptau };
  if (release === undefined) skip("weights", describeUnclaimed(circuit));
  else await find("weights", () => requireWeights(release, models, salt), describeWeights(circuit));
  for (const [index, { of, model, place, progress }] of partsOf(circuit, models).entries()) {
    const own: Finding[] = [];
    const keys = {
      ...powers,
      zkey: material.zkeys?.[index],
      weightsFiles: material.weightsFiles?.[index],
    };
    const steps = { ...options, ...progress(options.onProgress) };
    await findCircuit(own, of, model, keys, steps);
    findings.push(...own.map((finding) => ({ ...finding, ...place })));
  }
  return findings;
}

/** A circuit of a release, what it is to prove, and where findings about it are. */
type Part = {
  readonly of: SingleCircuit;
  readonly model: ProvableModel;
  readonly place: Pick<Finding, "segment" | "inferences">;
  readonly progress: (onProgress: OnProgress | undefined) => { readonly onProgress?: OnProgress };
};

/** The circuits that prove one inference, then those of several. */
function partsOf(circuit: ReleaseCircuit, models: readonly ProvableModel[]): readonly Part[] {
  const count = models.length;
  const segments = circuitsOf(circuit).flatMap((of, index): Part[] => {
    const model = models[index];
    if (model === undefined) return []; // not so: `requireDeclared` compared their numbers
    const place = count === 1 ? {} : { segment: index };
    return [{ of, model, place, progress: (it) => ofSegment(it, index, count) }];
  });
  const batches = registeredBatches(circuit, models).map((batch): Part => {
    const { circuit: of, model, count: inferences } = batch;
    return { of, model, place: { inferences }, progress: (it) => ofBatch(it, inferences) };
  });
  return [...segments, ...batches];
}

/**
 * Demands that nothing fails.
 *
 * @throws {PublisherError} `VERIFICATION_FAILED`, naming everything that does.
 */
export function requireFindings(findings: readonly Finding[]): void {
  const failed = findings.filter(({ status }) => status === "fails").map(findingName);
  if (failed.length > 0) throw new PublisherError({ code: "VERIFICATION_FAILED", failed });
}

/** What holds of one circuit: its constraints, and its keys. */
async function findCircuit(
  findings: Finding[],
  circuit: SingleCircuit,
  model: ProvableModel,
  { zkey, weightsFiles, ...powers }: KeyMaterial,
  options: PrepareOptions,
): Promise<void> {
  const find = collect(findings);
  const skip = (detail: string): void => {
    findings.push({ name: "key", status: "unchecked", detail });
  };
  const artefacts = await find(
    "r1cs",
    async () => {
      await requireWeightsR1cs(circuit, model, options);
      return requireR1cs(circuit, model, options);
    },
    describeR1cs,
  );
  if (artefacts === undefined) skip("the r1cs is another one");
  else if (zkey === undefined) skip("no proving key was given");
  else if (circuit.system === "groth16") {
    await find(
      "key",
      () => requireKey(circuit, artefacts, { ...powers, zkey }, options),
      (contributions) => describeKey(circuit, contributions),
    );
  } else if (
    circuit.setup === "unverified" &&
    circuit.weightsCircuit !== null &&
    weightsFiles === undefined
  ) {
    skip("the ceremony's key of the weights and its link are not here; ask with --ceremony");
  } else {
    await find(
      "key",
      () => requireCommittedSetup(circuit, model, { ...powers, zkey, weightsFiles }, options),
      (contributions) => describeKey(circuit, contributions),
    );
  }
}

/** What one circuit's keys are checked with. */
type KeyMaterial = {
  readonly zkey: string | undefined;
  readonly weightsFiles: WeightsFiles | undefined;
  readonly ptau?: string;
};

/** Returns what a finding is about in words. */
export function findingName({
  name,
  segment,
  inferences,
}: Pick<Finding, "name" | "segment" | "inferences">): string {
  if (inferences !== undefined) return `${name} x${inferences}`;
  return segment === undefined ? name : `${name} ${segment + 1}`;
}

async function requireKey(
  { key, setup, transcript }: Circuit,
  artefacts: CircuitArtefacts,
  { zkey, ptau }: { readonly zkey: string; readonly ptau?: string },
  options: PrepareOptions,
): Promise<number> {
  const claimed = { zkey, key, class: setup, transcript };
  const tau =
    setup === "development"
      ? undefined
      : await obtainPtau(domainPower(artefacts), {
          ...options,
          ...(ptau === undefined ? {} : { ptau }),
        });
  return (await verifySetup(artefacts, claimed, tau, options)).contributions;
}

/** Returns what runs a check and notes how it went; an error that is not about the material is passed on. */
function collect(
  findings: Finding[],
): <T>(
  name: Finding["name"],
  check: () => T | Promise<T>,
  describe: (value: T) => string,
) => Promise<T | undefined> {
  return async (name, check, describe) => {
    try {
      const value = await check();
      findings.push({ name, status: "holds", detail: describe(value) });
      return value;
    } catch (error) {
      if (!isAboutMaterial(error)) throw error;
      findings.push({ name, status: "fails", detail: error.message });
      return undefined;
    }
  };
}

function isAboutMaterial(error: unknown): error is Error {
  if (error instanceof ProverError)
    return !["ABORTED", "PTAU_MISSING", "PTAU_UNPINNED"].includes(error.code);
  return (
    error instanceof PublisherError ||
    error instanceof CompilerError ||
    error instanceof ProtocolError
  );
}

function describeContent(content: string): string {
  return `the file hashes to ${content}`;
}

function describeEncodings({
  model: { input, output, weights },
  models,
}: {
  readonly model: CompiledModel;
  readonly models: readonly ProvableModel[];
}): string {
  const tensor = ({ elements, bits, mode }: CompiledModel["input"]): string =>
    `${elements} of ${bits} bits, ${mode}`;
  const parts = models.length === 1 ? "" : `; cut into ${models.length} segments`;
  return `input ${tensor(input)}; output ${tensor(output)}; weights ${weights}${parts}`;
}

function describeWeights({ weights }: ReleaseCircuit): (commitment: string) => string {
  return (commitment) =>
    weights === "constant"
      ? "constants of the circuit, bound by its r1cs"
      : `they commit to ${commitment}`;
}

function describeUnclaimed({ weights }: ReleaseCircuit): string {
  return weights === "constant"
    ? "constants of the circuit: what the r1cs says, holds for them"
    : "a circuit with private weights holds none; ask about a release";
}

function describeR1cs({ hash, constraints }: CircuitArtefacts): string {
  return `${constraints} constraints, ${hash}`;
}

function describeKey({ setup }: SingleCircuit, contributions: number): string {
  return setup === "development"
    ? "it is the set-up's, over these constraints. DEVELOPMENT SET-UP: whoever made it can forge proofs"
    : `it is the ceremony's, over these constraints, with ${contributions} contributions`;
}
