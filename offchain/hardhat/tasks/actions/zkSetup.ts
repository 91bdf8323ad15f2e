import { resolve } from "node:path";
import { beginCeremony, beginCommittedCeremony, ceremonyId } from "@vouch/ceremony";
import type { CeremonyFacts, CeremonyPowers, CommittedCircuits } from "@vouch/ceremony";
import { domainPower, terminate } from "@vouch/prover";
import type { CircuitArtefacts, CommittedCircuitFiles } from "@vouch/prover";
import {
  batchModels,
  buildCircuits,
  buildCommittedCircuits,
  compilePlan,
  cutModel,
  planRelease,
  readModelFolder,
  setUpCircuits,
} from "@vouch/publisher";
import type { PrepareOptions } from "@vouch/publisher";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import {
  parseBatches,
  parseChoice,
  parseDrift,
  parseMaxConstraints,
  parseMode,
  parseSetup,
  parseWeights,
} from "../arguments.ts";
import { markWeak } from "../markWeak.ts";
import { homeOf } from "../openChain.ts";
import { findPowers } from "../findPowers.ts";
import { progressLine } from "../progressLine.ts";
import type { ProgressLine } from "../progressLine.ts";
import { TaskError } from "../taskError.ts";

type Args = {
  readonly model: string;
  readonly folder: string;
  readonly inputMode: string;
  readonly outputMode: string;
  readonly weights: string;
  readonly maxDrift: string;
  readonly maxConstraints: string;
  readonly setup: string;
  readonly system: string;
  readonly ptau: string;
  readonly zkey: string;
  readonly begin: string;
  readonly batches: string;
  readonly json: boolean;
};

/** Builds circuit and keys, of each segment where the model is cut, into the cache, where `model:publish` finds them. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const home = homeOf(hre);
  const choice = parseSetup(args.setup, args.begin === "" ? args.ptau : "", args.zkey);
  const system = parseChoice("system", args.system, ["groth16", "committedGroth16"]);
  const batchSizes = parseBatches(args.batches) ?? [];
  if ((system !== "groth16" || batchSizes.length > 0) && args.begin === "") {
    const message = "--system and --batches go with --begin; model:publish sets these up.";
    throw new TaskError("ARGUMENT_INVALID", message);
  }
  const weights = parseWeights(args.weights);
  const maxDrift = parseDrift(args.maxDrift);
  const maxConstraints = parseMaxConstraints(args.maxConstraints);
  const plan = planRelease(readModelFolder(resolve(args.folder), args.model), {
    version: "",
    publisher: `0x${"00".repeat(20)}`,
    inputMode: parseMode("input-mode", args.inputMode),
    outputMode: parseMode("output-mode", args.outputMode),
    setup: choice,
    ...(weights === undefined ? {} : { weights }),
    ...(maxDrift === undefined ? {} : { maxDrift }),
    ...(maxConstraints === undefined ? {} : { maxConstraints }),
  });
  const progress = progressLine(args.json);
  try {
    const models = cutModel(compilePlan(plan), plan);
    if (args.begin !== "") {
      const several = batchModels(models, batchSizes, system, maxConstraints);
      const all = [...models, ...several.map(({ model }) => model)];
      await begin(args, all, home.cache, progress);
      return;
    }
    const started = performance.now();
    const prepared = await setUpCircuits(models, choice, {
      cache: home.cache,
      onProgress: progress.onProgress,
    });
    progress.done();
    const seconds = Number(((performance.now() - started) / 1000).toFixed(2));
    const facts = prepared.map(({ artefacts, setup }) => ({
      r1cs: artefacts.hash,
      constraints: artefacts.constraints,
      setup: setup.class,
      transcript: setup.transcript,
      zkey: setup.zkey,
    }));
    if (args.json) {
      const [only] = facts;
      console.log(
        JSON.stringify(facts.length === 1 ? { ...only, seconds } : { segments: facts, seconds }),
      );
      return;
    }
    for (const [index, { constraints, r1cs, zkey, transcript }] of facts.entries()) {
      const part = facts.length === 1 ? "" : `, segment ${index + 1} of ${facts.length}`;
      console.log(`Circuit of ${args.model}${part}: ${constraints} constraints, r1cs ${r1cs}`);
      console.log(`  proving key ${zkey}`);
      console.log(
        choice.kind === "development"
          ? markWeak(
              "  DEVELOPMENT SET-UP by this machine alone: whoever made it can forge proofs. For use, run a ceremony.",
            )
          : `  transcript ${transcript}; unverified until others attest it on-chain.`,
      );
    }
    console.log(`${seconds} s`);
  } finally {
    progress.done();
    await terminate();
  }
}

/** Writes the folder of a ceremony for the circuits, in place of their keys. */
async function begin(
  { begin, model, ptau, system, json }: Args,
  models: ReturnType<typeof cutModel>,
  cache: string,
  { onProgress, done }: ProgressLine,
): Promise<void> {
  const folder = resolve(begin);
  const options = { cache, onProgress };
  const powersFor = (circuits: readonly CircuitArtefacts[]): Promise<CeremonyPowers> =>
    findPowers(ptau, Math.max(...circuits.map(domainPower)), options);
  let facts: CeremonyFacts;
  if (system === "groth16") {
    const circuits = await buildCircuits(models, options);
    const powers = await powersFor(circuits);
    facts = await beginCeremony(folder, model, circuits, powers, { onProgress });
  } else {
    const committed = await committedCircuits(models, options);
    const powers = await powersFor(committed.circuits.map(({ artefacts }) => artefacts));
    facts = await beginCommittedCeremony(folder, model, committed, powers, { onProgress });
  }
  done();
  if (json) {
    console.log(JSON.stringify({ ceremony: ceremonyId(facts), folder, ...facts }));
    return;
  }
  console.log(`Ceremony ${ceremonyId(facts)} of ${model} begins in ${folder}`);
  for (const [index, { constraints, r1cs }] of facts.circuits.entries()) {
    console.log(`  circuit ${index + 1}: ${constraints} constraints, r1cs ${r1cs}`);
  }
  for (const { inference, weights } of facts.version === 1 ? [] : facts.links) {
    console.log(`  link: the weights of circuits ${inference + 1} and ${weights + 1}`);
  }
  if (facts.powers.origin === "development") {
    console.log(
      markWeak("  DEVELOPMENT powers of tau: a rehearsal. Whoever made them can forge proofs."),
    );
  }
  console.log("Serve it by zk:coordinate, or contribute by zk:contribute; zk:beacon ends it.");
}

/** The circuits of each model, and of its weights where they are private, with the links between them. */
async function committedCircuits(
  models: ReturnType<typeof cutModel>,
  options: PrepareOptions,
): Promise<CommittedCircuits> {
  const circuits: CommittedCircuitFiles[] = [];
  const links: CommittedCircuits["links"][number][] = [];
  for (const model of models) {
    const { inference, weights } = await buildCommittedCircuits(model, options);
    circuits.push(inference);
    if (weights === undefined) continue;
    circuits.push(weights);
    links.push({ inference: circuits.length - 2, weights: circuits.length - 1 });
  }
  return { circuits, links };
}
