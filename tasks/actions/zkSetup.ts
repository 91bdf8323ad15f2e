import { resolve } from "node:path";
import { terminate } from "@vouch/prover";
import {
  compilePlan,
  cutModel,
  planRelease,
  readModelFolder,
  setUpCircuits,
} from "@vouch/publisher";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import {
  parseDrift,
  parseMaxConstraints,
  parseMode,
  parseSetup,
  parseWeights,
} from "../arguments.ts";
import { markWeak } from "../markWeak.ts";
import { homeOf } from "../openChain.ts";
import { progressLine } from "../progressLine.ts";

type Args = {
  readonly model: string;
  readonly folder: string;
  readonly inputMode: string;
  readonly outputMode: string;
  readonly weights: string;
  readonly maxDrift: string;
  readonly maxConstraints: string;
  readonly setup: string;
  readonly ptau: string;
  readonly json: boolean;
};

/** Builds circuit and keys, of each segment where the model is cut, into the cache, where `model:publish` finds them. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const home = homeOf(hre);
  const choice = parseSetup(args.setup, args.ptau);
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
