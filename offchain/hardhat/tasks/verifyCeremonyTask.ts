import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  ceremonyId,
  ceremonyPaths,
  fetchCeremony,
  printable,
  readCeremonyFacts,
  readCeremonyState,
  verifyCeremonyFolder,
} from "@vouch/ceremony";
import type { ReleaseCircuit } from "@vouch/protocol";
import { parseCircuitId } from "@vouch/protocol";
import { obtainPtau, terminate } from "@vouch/prover";
import type { OnProgress } from "@vouch/prover";
import { fetchCircuit } from "@vouch/sdk";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { chooseRelease } from "./chooseRelease.ts";
import { compareCeremony } from "./compareCeremony.ts";
import { markWeak } from "./markWeak.ts";
import { homeOf, openChain } from "./openChain.ts";
import { printCeremony } from "./printCeremony.ts";
import { progressLine } from "./progressLine.ts";
import { TaskError } from "./taskError.ts";

type Args = {
  readonly ceremony: string;
  readonly circuit: string;
  readonly release: string;
  readonly ptau: string;
  readonly json: boolean;
};

/** Verifies a ceremony from its folder or its coordinator, and, where one is named, that a registered circuit is of it. */
export async function verifyCeremonyTask(
  args: Args,
  hre: HardhatRuntimeEnvironment,
): Promise<void> {
  const progress = progressLine(args.json);
  const { onProgress } = progress;
  const isUrl = /^https?:\/\//.test(args.ceremony);
  const folder = isUrl ? await mkdtemp(join(tmpdir(), "vouch-verify-")) : resolve(args.ceremony);
  try {
    if (isUrl) await fetchCeremony(args.ceremony, folder, { onProgress });
    const facts = await readCeremonyFacts(folder);
    const state = await readCeremonyState(ceremonyPaths(folder).state);
    const powers = await powersOf(folder, args.ptau, homeOf(hre).cache, onProgress);
    const verified = await verifyCeremonyFolder(folder, powers, { onProgress });
    const registered = await findRegistered(args, hre);
    const onChain =
      registered && (await compareCeremony(folder, state.rounds.length, verified, registered));
    progress.done();
    const isRegistered = onChain?.every(({ key, transcript }) => key && transcript) ?? true;
    const rehearsal = facts.powers.origin === "development";
    // What a rehearsal ends with proves nothing, however well its contributions fit together.
    const holds = isRegistered && !rehearsal;
    if (!holds) process.exitCode = 1;
    const { ended } = state;
    if (args.json) {
      const circuits = verified.circuits.map(({ document, secrets, transcripts }, index) => ({
        ...{ transcript: transcripts.current, secrets, document },
        ...(onChain === undefined ? {} : { onChain: onChain[index] }),
      }));
      const ceremony = ceremonyId(facts);
      console.log(JSON.stringify({ ceremony, ended, rehearsal, circuits, verified: holds }));
      return;
    }
    console.log(
      `Ceremony ${ceremonyId(facts)} of ${printable(facts.name)}: every contribution verifies.`,
    );
    for (const line of printCeremony(verified, onChain)) console.log(line);
    if (rehearsal) {
      console.log(
        markWeak(
          "NOT VERIFIED. DEVELOPMENT powers of tau: a rehearsal. Whoever made them can forge proofs.",
        ),
      );
    }
    if (!ended) console.log("It is not over: no beacon has ended it.");
  } finally {
    progress.done();
    if (isUrl) await rm(folder, { recursive: true, force: true });
    await terminate();
  }
}

async function powersOf(
  folder: string,
  ptau: string,
  cache: string,
  onProgress: OnProgress,
): Promise<string> {
  const { powers } = await readCeremonyFacts(folder);
  if (powers.origin === "development") return ceremonyPaths(folder).powers;
  const options = { cache, onProgress, ...(ptau === "" ? {} : { ptau: resolve(ptau) }) };
  return (await obtainPtau(powers.power, { ...options, power: powers.power })).path;
}

async function findRegistered(
  { circuit, release }: Args,
  hre: HardhatRuntimeEnvironment,
): Promise<ReleaseCircuit | undefined> {
  if (circuit === "" && release === "") return undefined;
  const chain = await openChain(hre);
  if (circuit !== "") return fetchCircuit(chain.contracts, parseCircuitId(circuit));
  const found = (await chooseRelease(chain, release)).circuit;
  if (found !== null) return found;
  throw new TaskError("NOTHING_PUBLISHED", `Release ${release} has no circuit to compare with.`);
}
