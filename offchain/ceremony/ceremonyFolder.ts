import { createHash } from "node:crypto";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import {
  applyBeacon,
  beginCeremonyKey,
  contribute,
  hashFile,
  PTAU_PINS,
  verifyCeremony,
} from "@vouch/prover";
import type {
  BeaconValue,
  CircuitArtefacts,
  Contributed,
  OnProgress,
  StepOptions,
  VerifiedCeremony,
} from "@vouch/prover";
import { lockFile } from "@vouch/queue";
import { ceremonyId, ceremonyPaths, readCeremonyFacts } from "./ceremonyFacts.ts";
import type { CeremonyFacts } from "./ceremonyFacts.ts";
import {
  FIRST_STATE,
  readCeremonyState,
  settled,
  syncFolder,
  writeCeremonyState,
} from "./ceremonyState.ts";
import type { CeremonyState } from "./ceremonyState.ts";
import { CeremonyError } from "./errors.ts";
import { NO_RECEIPT, receiptHash } from "./receipt.ts";
import type { Receipt } from "./receipt.ts";

/** Powers of tau that a ceremony begins from. */
export type CeremonyPowers = CeremonyFacts["powers"] & { readonly path: string };

/**
 * Begins a ceremony for circuits, all contributed to together: writes their initial keys and what identifies it into a new
 * folder, with the powers of tau where they are no public ones, so that everybody can verify.
 *
 * @throws {CeremonyError} `FOLDER_INVALID` where there is something already; {ProverError} `SETUP_FAILED`.
 */
export async function beginCeremony(
  folder: string,
  name: string,
  circuits: readonly CircuitArtefacts[],
  { path, ...powers }: CeremonyPowers,
  { onProgress }: StepOptions = {},
): Promise<CeremonyFacts> {
  const paths = ceremonyPaths(folder);
  await mkdir(join(folder, ".."), { recursive: true });
  await mkdir(folder).catch((cause: unknown) => {
    throw new CeremonyError({ code: "FOLDER_INVALID", folder, reason: "it exists" }, { cause });
  });
  try {
    for (const it of ["circuits", "uploads"]) await mkdir(join(folder, it));
    await mkdir(paths.round(0), { recursive: true });
    const entries: CeremonyFacts["circuits"] = [];
    for (const [index, { r1cs, hash, constraints }] of circuits.entries()) {
      onProgress?.(`initial key ${index + 1} of ${circuits.length}`, index / circuits.length);
      await copyFile(r1cs, paths.r1cs(index));
      await beginCeremonyKey(paths.r1cs(index), path, paths.key(0, index));
      entries.push({ r1cs: hash, constraints, initial: await hashKey(paths.key(0, index)) });
    }
    if (powers.origin === "development") await copyFile(path, paths.powers);
    const facts: CeremonyFacts = { version: 1, name, powers, circuits: entries };
    await writeFile(paths.facts, JSON.stringify(facts, undefined, 2));
    await writeCeremonyState(paths.state, FIRST_STATE);
    return facts;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Contributes to a ceremony whose folder is on this machine, while no coordinator serves it.
 *
 * @throws {CeremonyError} `FOLDER_INVALID`, `CEREMONY_OVER`; {QueueError} `LOCK_HELD`; {ProverError} as `contribute`.
 */
export async function contributeToFolder(
  folder: string,
  { name, ...options }: StepOptions & { readonly name: string; readonly entropy?: string },
): Promise<Receipt> {
  return makeRound(folder, name, false, options.onProgress, (from, to, onProgress) =>
    contribute(from, to, { ...options, name, ...(onProgress === undefined ? {} : { onProgress }) }),
  );
}

/**
 * Ends a ceremony by a beacon, with the same value for all of its circuits.
 *
 * @throws {CeremonyError} `FOLDER_INVALID`, `CEREMONY_OVER`; {QueueError} `LOCK_HELD`; {ProverError} as `applyBeacon`.
 */
export async function endCeremony(
  folder: string,
  {
    source,
    beacon,
    ...options
  }: StepOptions & { readonly source: string; readonly beacon: BeaconValue },
): Promise<Receipt> {
  return makeRound(folder, source, true, options.onProgress, (from, to, onProgress) =>
    applyBeacon(from, to, {
      ...options,
      source,
      beacon,
      ...(onProgress === undefined ? {} : { onProgress }),
    }),
  );
}

/**
 * Verifies the last keys of a ceremony against its r1cs files and the powers of tau, and that each is the one that the last
 * receipt names, with the contributions of all receipts.
 *
 * @throws {CeremonyError} `FOLDER_INVALID`; {ProverError} as `verifyCeremony`.
 */
export async function verifyCeremonyFolder(
  folder: string,
  powersPath: string,
  options: StepOptions = {},
): Promise<readonly VerifiedCeremony[]> {
  const paths = ceremonyPaths(folder);
  const facts = await readCeremonyFacts(folder);
  const state = await readCeremonyState(paths.state);
  await requireKeys(folder, facts, state);
  requireReceipts(folder, facts, state);
  const { origin, blake2b } = facts.powers;
  if ((await hashFile(powersPath, "blake2b512", options.signal)) !== blake2b) {
    throw invalid(folder, `${powersPath} is not the powers of tau that the ceremony began from`);
  }
  if (origin === "public" && !PTAU_PINS.some(({ hash }) => hash === blake2b)) {
    throw invalid(folder, "its powers of tau are said to be public, and are not pinned here");
  }
  const powers = { path: powersPath, blake2b, origin };
  const results: VerifiedCeremony[] = [];
  for (const [index, circuit] of facts.circuits.entries()) {
    const zkey = paths.key(state.rounds.length, index);
    const verified = await verifyCeremony({ r1cs: paths.r1cs(index), powers, zkey }, options);
    const listed = verified.document.contributions.map(({ name, hash }) => `${hash} ${name}`);
    const expected = state.rounds.map(
      ({ name, circuits }) => `${circuits[index]?.contribution ?? ""} ${name}`,
    );
    if (verified.document.r1cs !== circuit.r1cs)
      throw invalid(folder, `circuit ${index} is another`);
    if (listed.join("\n") !== expected.join("\n")) {
      throw invalid(folder, `the receipts are not those of the contributions to circuit ${index}`);
    }
    const hasBeacon = verified.document.contributions.at(-1)?.beacon !== undefined;
    if (hasBeacon !== state.ended) {
      throw invalid(folder, "its state and its keys differ in whether a beacon has ended it");
    }
    results.push(verified);
  }
  return results;
}

/** @throws {CeremonyError} `FOLDER_INVALID` where a key is missing or not the one that it should be. */
export async function requireKeys(
  folder: string,
  facts: CeremonyFacts,
  { rounds }: CeremonyState,
): Promise<void> {
  const paths = ceremonyPaths(folder);
  for (const [index, { initial }] of facts.circuits.entries()) {
    const last = rounds.at(-1)?.circuits[index]?.key ?? initial;
    const [first, current] = [paths.key(0, index), paths.key(rounds.length, index)];
    if ((await hashKey(first)) !== initial || (await hashKey(current)) !== last) {
      throw invalid(folder, `a key of circuit ${index} is missing, or is another one`);
    }
  }
}

function requireReceipts(folder: string, facts: CeremonyFacts, { rounds }: CeremonyState): void {
  let previous: string = NO_RECEIPT;
  const id = ceremonyId(facts);
  for (const [index, receipt] of rounds.entries()) {
    const { ceremony, round, circuits } = receipt;
    const follows = receipt.previous === previous && ceremony === id && round === index + 1;
    if (!follows || circuits.length !== facts.circuits.length) {
      throw invalid(folder, `receipt ${index + 1} does not follow the one before`);
    }
    previous = receiptHash(receipt);
  }
}

async function makeRound(
  folder: string,
  name: string,
  ends: boolean,
  onProgress: OnProgress | undefined,
  make: (from: string, to: string, onProgress: OnProgress | undefined) => Promise<Contributed>,
): Promise<Receipt> {
  const paths = ceremonyPaths(folder);
  const facts = await readCeremonyFacts(folder);
  const release = lockFile(paths.state);
  try {
    const state = await readCeremonyState(paths.state);
    await requireKeys(folder, facts, state);
    if (state.ended) throw new CeremonyError({ code: "CEREMONY_OVER" });
    const round = state.rounds.length + 1;
    await rm(paths.round(round), { recursive: true, force: true }); // what a crash left
    await mkdir(paths.round(round));
    const circuits: Receipt["circuits"] = [];
    for (const index of facts.circuits.keys()) {
      const [from, to] = [paths.key(round - 1, index), paths.key(round, index)];
      const { hash, sha256 } = await make(from, to, onProgress);
      circuits.push({ contribution: hash, key: sha256 });
    }
    await syncFolder(paths.round(round));
    await syncFolder(join(paths.round(round), ".."));
    const last = state.rounds.at(-1);
    const receipt: Receipt = {
      ...{ ceremony: ceremonyId(facts), round, name, address: null },
      at: new Date().toISOString(),
      circuits,
      previous: last === undefined ? NO_RECEIPT : receiptHash(last),
    };
    const rounds = [...state.rounds, receipt];
    await writeCeremonyState(paths.state, { ...outpaced(state, ends), rounds, ended: ends });
    return receipt;
  } finally {
    release();
  }
}

/** Nobody waits once it is over; before that, what was uploaded does not follow from the new round's keys. */
function outpaced(state: CeremonyState, ends: boolean): CeremonyState {
  if (!ends) return { ...state, queue: state.queue.map((it) => ({ ...it, uploads: [] })) };
  const outcome = { round: null, reason: "the ceremony is over" };
  return state.queue.reduce((left, it) => settled(left, it, outcome), state);
}

/** sha256 of a file, hex; empty where there is none. */
export async function hashKey(path: string): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
  return hash.digest("hex");
}

function invalid(folder: string, reason: string): CeremonyError {
  return new CeremonyError({ code: "FOLDER_INVALID", folder, reason });
}
