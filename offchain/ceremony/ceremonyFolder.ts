import { createHash } from "node:crypto";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { beginCeremonyKey, beginLink, startCommittedCeremony } from "@vouch/prover";
import type {
  BeaconValue,
  CircuitArtefacts,
  CommittedGroups,
  Contributed,
  StepOptions,
} from "@vouch/prover";
import { lockFile } from "@vouch/queue";
import {
  ceremonyFactsSchema,
  ceremonyId,
  ceremonyPaths,
  readCeremonyFacts,
} from "./ceremonyFacts.ts";
import type { CeremonyFacts, CeremonyPaths, CommittedFacts, PlainFacts } from "./ceremonyFacts.ts";
import {
  FIRST_STATE,
  readCeremonyState,
  settled,
  syncFolder,
  writeCeremonyState,
} from "./ceremonyState.ts";
import type { CeremonyState } from "./ceremonyState.ts";
import { applyBeaconToPart, contributeToPart } from "./contributeToPart.ts";
import type { PartFiles } from "./contributeToPart.ts";
import { CeremonyError } from "./errors.ts";
import { partsOf } from "./parts.ts";
import type { CeremonyPart } from "./parts.ts";
import { NO_RECEIPT, receiptHash } from "./receipt.ts";
import type { Receipt } from "./receipt.ts";

/** Powers of tau that a ceremony begins from. */
export type CeremonyPowers = CeremonyFacts["powers"] & { readonly path: string };

/** Circuits of commit-and-prove, with the wires that each commits to, and whose weights are linked, by their places. */
export type CommittedCircuits = {
  readonly circuits: readonly {
    readonly artefacts: CircuitArtefacts;
    readonly groups: CommittedGroups;
  }[];
  readonly links: readonly { readonly inference: number; readonly weights: number }[];
};

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
  return begin(folder, { path, ...powers }, async (paths) => {
    const entries: PlainFacts["circuits"] = [];
    for (const [index, { r1cs, hash, constraints }] of circuits.entries()) {
      onProgress?.(`initial key ${index + 1} of ${circuits.length}`, index / circuits.length);
      await copyFile(r1cs, paths.r1cs(index));
      await beginCeremonyKey(paths.r1cs(index), path, paths.key(0, index));
      entries.push({ r1cs: hash, constraints, initial: await hashKey(paths.key(0, index)) });
    }
    return { version: 1, name, powers, circuits: entries };
  });
}

/**
 * Begins a ceremony for circuits of commit-and-prove and the links between them, all contributed to together.
 *
 * @throws {CeremonyError} `FOLDER_INVALID` where there is something already; {ProverError} as `startCommittedCeremony`, `beginLink`.
 */
export async function beginCommittedCeremony(
  folder: string,
  name: string,
  { circuits, links }: CommittedCircuits,
  { path, ...powers }: CeremonyPowers,
  { onProgress }: StepOptions = {},
): Promise<CeremonyFacts> {
  return begin(folder, { path, ...powers }, async (paths) => {
    const entries: CommittedFacts["circuits"] = [];
    for (const [index, { artefacts, groups }] of circuits.entries()) {
      onProgress?.(`initial key ${index + 1} of ${circuits.length}`, index / circuits.length);
      const { r1cs, hash, constraints } = artefacts;
      await copyFile(r1cs, paths.r1cs(index));
      const key = paths.key(0, index);
      await startCommittedCeremony({ r1cs: paths.r1cs(index), hash }, groups, { path }, key);
      entries.push({ r1cs: hash, constraints, initial: await hashKey(key), groups: { ...groups } });
    }
    const linked: CommittedFacts["links"] = [];
    for (const [index, { inference, weights }] of links.entries()) {
      const keys = {
        inference: { zkey: paths.key(0, inference) },
        weights: { zkey: paths.key(0, weights) },
      };
      const initial = await beginLink(keys, paths.key(0, circuits.length + index));
      linked.push({ inference, weights, initial });
    }
    return {
      version: 2,
      system: "committedGroth16",
      name,
      powers,
      circuits: entries,
      links: linked,
    };
  });
}

async function begin(
  folder: string,
  { path, origin }: CeremonyPowers,
  makeRound0: (paths: CeremonyPaths) => Promise<CeremonyFacts>,
): Promise<CeremonyFacts> {
  const paths = ceremonyPaths(folder);
  await mkdir(join(folder, ".."), { recursive: true });
  await mkdir(folder).catch((cause: unknown) => {
    throw new CeremonyError({ code: "FOLDER_INVALID", folder, reason: "it exists" }, { cause });
  });
  try {
    for (const it of ["circuits", "uploads"]) await mkdir(join(folder, it));
    await mkdir(paths.round(0), { recursive: true });
    const facts = ceremonyFactsSchema.parse(await makeRound0(paths));
    if (origin === "development") await copyFile(path, paths.powers);
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
  return makeRound(folder, name, false, (part, files) =>
    contributeToPart(part, files, { ...options, name }),
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
  return makeRound(folder, source, true, (part, files) =>
    applyBeaconToPart(part, files, { ...options, source, beacon }),
  );
}

/** @throws {CeremonyError} `FOLDER_INVALID` where a key is missing or not the one that it should be. */
export async function requireKeys(
  folder: string,
  facts: CeremonyFacts,
  { rounds }: CeremonyState,
): Promise<void> {
  const paths = ceremonyPaths(folder);
  for (const { index, initial } of partsOf(facts)) {
    const last = rounds.at(-1)?.circuits[index]?.key ?? initial;
    const [first, current] = [paths.key(0, index), paths.key(rounds.length, index)];
    if ((await hashKey(first)) !== initial || (await hashKey(current)) !== last) {
      throw invalid(folder, `a key of circuit ${index} is missing, or is another one`);
    }
  }
}

async function makeRound(
  folder: string,
  name: string,
  ends: boolean,
  make: (part: CeremonyPart, files: PartFiles) => Promise<Contributed>,
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
    for (const part of partsOf(facts)) {
      const { index } = part;
      const { hash, sha256 } = await make(part, {
        from: paths.key(round - 1, index),
        to: paths.key(round, index),
        key: (place) => paths.key(0, place),
      });
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
