import { resolve } from "node:path";
import { terminate } from "@vouch/prover";
import { compilePlan, planRelease, readModelFolder, setUp } from "@vouch/publisher";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { parseDrift, parseMode, parseSetup, parseWeights } from "../arguments.ts";
import { homeOf } from "../openChain.ts";
import { progressLine } from "../progressLine.ts";

type Args = {
  readonly model: string;
  readonly folder: string;
  readonly inputMode: string;
  readonly outputMode: string;
  readonly weights: string;
  readonly maxDrift: string;
  readonly setup: string;
  readonly ptau: string;
  readonly json: boolean;
};

/** Builds circuit and keys into the cache, where `model:publish` finds them. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const home = homeOf(hre);
  const choice = parseSetup(args.setup, args.ptau);
  const weights = parseWeights(args.weights);
  const maxDrift = parseDrift(args.maxDrift);
  const plan = planRelease(readModelFolder(resolve(args.folder), args.model), {
    version: "",
    publisher: `0x${"00".repeat(20)}`,
    inputMode: parseMode("input-mode", args.inputMode),
    outputMode: parseMode("output-mode", args.outputMode),
    setup: choice,
    ...(weights === undefined ? {} : { weights }),
    ...(maxDrift === undefined ? {} : { maxDrift }),
  });
  const progress = progressLine(args.json);
  try {
    const compiled = compilePlan(plan);
    const started = performance.now();
    const { artefacts, setup } = await setUp(compiled, choice, {
      cache: home.cache,
      onProgress: progress.onProgress,
    });
    progress.done();
    const facts = {
      r1cs: artefacts.hash,
      constraints: artefacts.constraints,
      setup: setup.class,
      transcript: setup.transcript,
      zkey: setup.zkey,
      seconds: Number(((performance.now() - started) / 1000).toFixed(2)),
    };
    if (args.json) {
      console.log(JSON.stringify(facts));
      return;
    }
    console.log(`Circuit of ${args.model}: ${facts.constraints} constraints, r1cs ${facts.r1cs}`);
    console.log(`  proving key ${facts.zkey} (${facts.seconds} s)`);
    console.log(
      setup.class === "development"
        ? "  DEVELOPMENT SET-UP by this machine alone: whoever made it can forge proofs. For use, run a ceremony."
        : `  transcript ${facts.transcript}; unverified until others attest it on-chain.`,
    );
  } finally {
    progress.done();
    await terminate();
  }
}
