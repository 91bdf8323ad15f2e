import { resolve } from "node:path";
import type { WeightsMode } from "@vouch/compiler";
import type { Hex } from "@vouch/protocol";
import { parseBytes32 } from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import {
  planRelease,
  prepareRelease,
  publishRelease,
  readModelFolder,
  settleSystem,
  storeProvingKeys,
  writeBundle,
} from "@vouch/publisher";
import type { SetupChoice } from "@vouch/publisher";
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
import { ceremonyChoice } from "../ceremonyChoice.ts";
import { markWeak } from "../markWeak.ts";
import { accountAt, openChain } from "../openChain.ts";
import { printTables } from "../printTables.ts";
import { progressLine } from "../progressLine.ts";
import { requireModel } from "../requireHere.ts";
import { reportTables } from "../reportTables.ts";
import { TaskError } from "../taskError.ts";

type Args = {
  readonly model: string;
  readonly folder: string;
  readonly releaseVersion: string;
  readonly inputMode: string;
  readonly outputMode: string;
  readonly weights: string;
  readonly maxDrift: string;
  readonly maxConstraints: string;
  readonly batches: string;
  readonly setup: string;
  readonly system: string;
  readonly ptau: string;
  readonly zkey: string;
  readonly ceremony: string;
  readonly salt: string;
  readonly uri: string;
  readonly report: boolean;
  readonly json: boolean;
};

/** Publishes a model folder as a release of account 0 and keeps its bundle and proving key in the store. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  const inputMode = parseMode("input-mode", args.inputMode);
  const outputMode = parseMode("output-mode", args.outputMode);
  const weights = parseWeights(args.weights);
  const maxDrift = parseDrift(args.maxDrift);
  const maxConstraints = parseMaxConstraints(args.maxConstraints);
  const batchSizes = parseBatches(args.batches);
  const system = parseChoice("system", args.system, ["auto", "groth16", "committedGroth16"]);
  // Of plain Groth16 unless --system says otherwise.
  const setupChoice = await chooseSetup(args, system === "auto" ? "groth16" : system);
  const salt = args.salt === "" ? undefined : parseBytes32(args.salt);
  requireModel(resolve(args.folder), args.model, "model.onnx");
  const folder = readModelFolder(resolve(args.folder), args.model);
  const chain = await openChain(hre);
  const publisher = (await accountAt(chain, "0")).address.toLowerCase() as Hex;
  const planned = planRelease(folder, {
    version: args.releaseVersion,
    publisher,
    inputMode,
    outputMode,
    setup: setupChoice,
    ...(weights === undefined ? {} : { weights }),
    ...(maxDrift === undefined ? {} : { maxDrift }),
    ...(maxConstraints === undefined ? {} : { maxConstraints }),
    ...(batchSizes === undefined ? {} : { batches: batchSizes }),
    ...(salt === undefined ? {} : { salt }),
  });
  const { plan, choice } =
    system === "auto"
      ? settleSystem(planned)
      : { plan: { ...planned, system }, choice: { system, why: "asked for by --system" } };
  const progress = progressLine(args.json);
  try {
    const { bundle, circuits, batches } = await prepareRelease(plan, {
      cache: chain.home.cache,
      onProgress: progress.onProgress,
    });
    progress.done();
    await storeProvingKeys(chain.home.keys, [...circuits, ...batches]);
    const stored = await writeBundle(chain.home.releases, bundle);
    const gas = await publishRelease(chain.contracts, bundle, args.uri);
    const { report } = bundle.manifest;
    const sizes = circuits.map(({ artefacts }) => artefacts.constraints);
    const several = batches.map(({ count, artefacts: { constraints } }) => ({
      count,
      constraints,
    }));
    const facts = {
      release: bundle.id,
      circuit: bundle.release.circuit,
      content: bundle.release.content,
      weights: plan.weights,
      setup: bundle.circuit.setup,
      system: bundle.circuit.system,
      systemWhy: choice.why,
      constraints: sizes.reduce((sum, it) => sum + it, 0),
      ...(sizes.length === 1 ? {} : { segments: sizes }),
      ...(several.length === 0 ? {} : { batches: several }),
      report,
      circuitGas: gas.circuitGas.toString(),
      releaseGas: gas.releaseGas.toString(),
      bundle: stored,
    };
    if (args.json) {
      console.log(JSON.stringify(facts));
      return;
    }
    console.log(`Published ${args.model}@${args.releaseVersion}`);
    console.log(`  release      ${facts.release}`);
    console.log(`  circuit      ${facts.circuit} (${facts.constraints} constraints)`);
    console.log(`  system       ${choice.system}: ${choice.why}`);
    if (sizes.length > 1)
      console.log(`  segments     ${sizes.length}, of ${sizes.join(" + ")} constraints`);
    for (const { count, constraints } of several)
      console.log(
        `  ${`${count} at once`.padEnd(12)} ${constraints} constraints, ${Math.round(constraints / count)} for each inference`,
      );
    console.log(
      `  drift        max ${report.maxAbsError.toFixed(4)}, mean ${report.meanAbsError.toFixed(4)} over ${report.rows} held-out rows`,
    );
    console.log(`  gas          circuit ${facts.circuitGas}, release ${facts.releaseGas}`);
    console.log(`  weights      ${describeWeights(plan.weights)}`);
    const care =
      plan.weights === "public"
        ? "all of it may be shared"
        : "secret.json opens the weights: keep it safe";
    console.log(`  bundle       ${stored} (${care})`);
    if (args.report) console.log(`\n${printTables(reportTables(report))}\n`);
    if (facts.setup === "development") {
      console.log(
        markWeak(
          "  DEVELOPMENT SET-UP: its maker can forge proofs; only policies with zk:any accept it.",
        ),
      );
    }
    if (bundle.manifest.notice !== undefined)
      console.log(`  notice       ${bundle.manifest.notice}`);
  } finally {
    progress.done();
    await terminate();
  }
}

async function chooseSetup(
  { setup, ptau, zkey, ceremony }: Args,
  system: "groth16" | "committedGroth16",
): Promise<SetupChoice> {
  if (ceremony === "") return parseSetup(setup, ptau, zkey);
  if (zkey !== "")
    throw new TaskError(
      "ARGUMENT_INVALID",
      "Give --ceremony or --zkey, not both: either has the keys.",
    );
  return ceremonyChoice(ceremony, system, ptau);
}

function describeWeights(weights: WeightsMode): string {
  return weights === "public"
    ? "public: constants of the circuit; anyone re-derives it with `npx hardhat zk:verify`"
    : "private: bound by a salted commitment";
}
