import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { ReleaseCircuit } from "@vouch/protocol";
import { everyCircuitOf, parseCircuitId, singleCircuitId } from "@vouch/protocol";
import { terminate } from "@vouch/prover";
import type { Finding, RegisteredCircuit, ReleaseMaterial } from "@vouch/publisher";
import {
  findingName,
  PublisherError,
  provingKeyPath,
  readBundle,
  readBundles,
  requireFindings,
  storedWeightsFiles,
  verifyCircuit,
} from "@vouch/publisher";
import { fetchCircuit } from "@vouch/sdk";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { verifyCeremonyTask } from "../verifyCeremonyTask.ts";
import { chooseRelease } from "../chooseRelease.ts";
import type { Chain } from "../openChain.ts";
import { markWeak } from "../markWeak.ts";
import { openChain } from "../openChain.ts";
import { progressLine } from "../progressLine.ts";
import type { MaterialArgs } from "../releaseMaterial.ts";
import { readMaterial } from "../releaseMaterial.ts";
import { TaskError } from "../taskError.ts";

type Args = MaterialArgs & {
  readonly release: string;
  readonly circuit: string;
  readonly zkey: string;
  readonly ptau: string;
  readonly ceremony: string;
  readonly withoutKey: boolean;
  readonly json: boolean;
};

const MARKS = { holds: "yes", fails: "NO ", unchecked: "-  " } as const satisfies Record<
  Finding["status"],
  string
>;

/** Says of a registered circuit what holds: file, manifest, weights, encodings, r1cs, registration, verifying key. */
export async function run(args: Args, hre: HardhatRuntimeEnvironment): Promise<void> {
  if (args.ceremony !== "") {
    await verifyCeremonyTask(args, hre);
    return;
  }
  const chain = await openChain(hre);
  const { registered, stored } = await findCircuit(args, chain);
  const { id, circuit, release } = registered;
  const salted = release !== undefined && circuit.weights === "committed";
  const material = readMaterial(args, salted, stored);
  const zkeys = args.withoutKey ? undefined : findKeys(args.zkey, chain, circuit);
  const { keys } = chain.home;
  const weightsFiles = everyCircuitOf(circuit).map((it) =>
    storedWeightsFiles(keys, singleCircuitId(it)),
  );
  const progress = progressLine(args.json);
  try {
    const findings = await verifyCircuit(
      registered,
      {
        ...material,
        ...(zkeys === undefined ? {} : { zkeys, weightsFiles }),
        ...(args.ptau === "" ? {} : { ptau: resolve(args.ptau) }),
      },
      { cache: chain.home.cache, onProgress: progress.onProgress },
    );
    progress.done();
    if (args.json) {
      const verified = findings.every(({ status }) => status !== "fails");
      console.log(JSON.stringify({ circuit: id, weights: circuit.weights, findings, verified }));
      if (!verified) process.exitCode = 1;
      return;
    }
    const weights = circuit.weights === "constant" ? "public" : "private";
    console.log(`Circuit ${id}, ${weights} weights:`);
    for (const finding of findings) {
      const { status, detail } = finding;
      console.log(markWeak(`  ${MARKS[status]} ${findingName(finding).padEnd(9)} ${detail}`));
    }
    requireFindings(findings);
  } finally {
    progress.done();
    await terminate();
  }
}

/** The registered circuit, and where its material comes from as far as no option says. */
async function findCircuit(
  { release: releaseId, circuit: circuitId }: Args,
  chain: Chain,
): Promise<{ registered: RegisteredCircuit; stored: () => ReleaseMaterial }> {
  if (circuitId !== "") {
    if (releaseId !== "")
      throw new TaskError("ARGUMENT_INVALID", "Give --release or --circuit, not both.");
    const id = parseCircuitId(circuitId);
    const circuit = await fetchCircuit(chain.contracts, id);
    const stored = (): ReleaseMaterial => {
      const bundle = readBundles(chain.home.releases).find(({ release }) => release.circuit === id);
      if (bundle !== undefined) return bundle;
      throw new TaskError(
        "ARGUMENT_INVALID",
        `No stored release has circuit ${id}; give --file and --manifest.`,
      );
    };
    return { registered: { id, circuit }, stored };
  }
  const { id, release, circuit } = await chooseRelease(chain, releaseId);
  if (circuit === null) {
    throw new TaskError(
      "NOTHING_PUBLISHED",
      `Release ${id} has no circuit: there is nothing to derive.`,
    );
  }
  return {
    registered: { id: release.circuit, circuit, release },
    stored: () => readBundle(chain.home.releases, id),
  };
}

function findKeys(given: string, { home }: Chain, circuit: ReleaseCircuit): readonly string[] {
  const circuits = everyCircuitOf(circuit);
  if (given === "") return circuits.map((it) => provingKeyPath(home.keys, singleCircuitId(it)));
  const paths = given.split(",").map((path) => resolve(path));
  if (paths.length !== circuits.length) {
    throw new TaskError(
      "ARGUMENT_INVALID",
      `--zkey names ${paths.length} keys; the circuit has ${circuits.length}.`,
    );
  }
  for (const path of paths)
    if (!existsSync(path)) throw new PublisherError({ code: "FILE_MISSING", path });
  return paths;
}
