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
import { circuitsOf, parseCircuitId } from "@vouch/protocol";
import { obtainPtau, readVerifyingKey, terminate } from "@vouch/prover";
import type { OnProgress, VerifiedCeremony } from "@vouch/prover";
import { fetchCircuit } from "@vouch/sdk";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { chooseRelease } from "./chooseRelease.ts";
import { markWeak } from "./markWeak.ts";
import { homeOf, openChain } from "./openChain.ts";
import { printTables } from "./printTables.ts";
import { progressLine } from "./progressLine.ts";
import { TaskError } from "./taskError.ts";

type Args = {
  readonly ceremony: string;
  readonly circuit: string;
  readonly release: string;
  readonly ptau: string;
  readonly json: boolean;
};

/** What the chain has of the ceremony's circuits: whether key and transcript are those that were verified. */
type OnChain = { readonly key: boolean; readonly transcript: boolean };

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
      registered && (await compare(folder, state.rounds.length, verified, registered));
    progress.done();
    const holds = onChain?.every(({ key, transcript }) => key && transcript) ?? true;
    if (!holds) process.exitCode = 1;
    const { ended } = state;
    if (args.json) {
      const circuits = verified.map(({ document, secrets, transcripts }, index) => ({
        ...{ transcript: transcripts.current, secrets, document },
        ...(onChain === undefined ? {} : { onChain: onChain[index] }),
      }));
      console.log(
        JSON.stringify({ ceremony: ceremonyId(facts), ended, circuits, verified: holds }),
      );
      return;
    }
    console.log(
      `Ceremony ${ceremonyId(facts)} of ${printable(facts.name)}: every contribution verifies.`,
    );
    for (const [index, it] of verified.entries()) print(it, index, onChain?.[index]);
    if (facts.powers.origin === "development") {
      console.log(
        markWeak("DEVELOPMENT powers of tau: a rehearsal. Whoever made them can forge proofs."),
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

async function compare(
  folder: string,
  round: number,
  verified: readonly VerifiedCeremony[],
  registered: ReleaseCircuit,
): Promise<readonly OnChain[]> {
  const circuits = circuitsOf(registered);
  if (circuits.length !== verified.length) {
    const message = `The registered circuit has ${circuits.length} parts, the ceremony ${verified.length}.`;
    throw new TaskError("ARGUMENT_INVALID", message);
  }
  const results: OnChain[] = [];
  for (const [index, circuit] of circuits.entries()) {
    const key = await readVerifyingKey(ceremonyPaths(folder).key(round, index));
    const flat = ({ alpha, beta, gamma, delta, ic }: typeof key): string =>
      [alpha, beta, gamma, delta, ...ic].flat().join();
    const transcripts = Object.values(verified[index]?.transcripts ?? {});
    results.push({
      key: flat(key) === flat(circuit.key),
      transcript: transcripts.includes(circuit.transcript),
    });
  }
  return results;
}

function print(
  { document, secrets, transcripts }: VerifiedCeremony,
  index: number,
  onChain: OnChain | undefined,
): void {
  console.log(`\nCircuit ${index + 1}, r1cs ${document.r1cs}`);
  console.log(`  powers of tau ${document.powers.origin}, blake2b ${document.powers.blake2b}`);
  console.log(`  key           sha256 ${document.key}`);
  console.log(`  transcript    ${transcripts.current}`);
  const rows = document.contributions.map(({ name, hash, beacon }, at) => [
    String(at + 1),
    printable(name),
    beacon === undefined ? "secret" : `beacon ${beacon.hash}, 2^${beacon.iterationsExponent}`,
    hash,
  ]);
  const title = `${secrets} contributions with a secret; one that forgot it is enough`;
  console.log(printTables([{ title, rows: [["", "name", "what", "hash"], ...rows] }]));
  if (onChain === undefined) return;
  console.log(`  on-chain      key ${onChain.key ? "is the same" : "DIFFERS"}`);
  console.log(`                transcript ${onChain.transcript ? "is the same" : "DIFFERS"}`);
}
