import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contentId } from "@vouch/protocol";
import type { CommittedKey, Hex } from "@vouch/protocol";
import type { CircuitArtefacts } from "../buildCircuit.ts";
import { cachedFolder, hashFile } from "../contentCache.ts";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import type { DevelopmentOptions } from "../setup/developmentSetup.ts";
import { checkKey } from "../setup/setup.ts";
import { writeDevelopmentKey } from "../setup/writeDevelopmentKey.ts";
import { sealKey } from "../sealKey.ts";
import { G1_BYTES } from "../zkeyFile.ts";
import {
  COMMITTED_SECTION,
  readCommittedHeader,
  readCommittedSection,
  readCommittedVerifyingKey,
} from "./keyFile.ts";
import type { CommittedGroups } from "./keyFile.ts";
import { requireCommittedInputs } from "./requireCommittedInputs.ts";
import { committedTranscript } from "./transcript.ts";

/** A commit-and-prove key with what a circuit's registration says of it. */
export type CommittedSetup = {
  /** Path of the zkey, protocol 20. */
  readonly zkey: string;
  readonly key: CommittedKey;
  readonly groups: CommittedGroups;
  /** As that of a plain `Setup`. */
  readonly class: "development" | "unverified";
  readonly transcript: Hex;
};

/**
 * Makes a commit-and-prove key in one step and by one party, as `developmentSetup` makes a plain one: it proves nothing
 * against whoever ran it.
 *
 * @param groups how many of the circuit's private inputs are weights, and how many advice; blinds included
 * @throws {ProverError} `COMMITTED_INPUTS`; those of `developmentSetup`.
 */
export async function committedDevelopmentSetup(
  artefacts: CircuitArtefacts,
  groups: CommittedGroups,
  options: DevelopmentOptions,
): Promise<CommittedSetup> {
  checkAborted(options.signal);
  const name = `${artefacts.hash.slice(2)}-${groups.weights}-${groups.advice}`;
  return cachedFolder(join(options.cache, "setups", "committed", name), {
    load: (path) => load(path, artefacts),
    build: (path) => build(path, artefacts, groups, options),
  });
}

async function build(
  folder: string,
  artefacts: CircuitArtefacts,
  groups: CommittedGroups,
  options: DevelopmentOptions,
): Promise<void> {
  const bytes = await readFile(artefacts.r1cs);
  if (contentId(bytes) !== artefacts.hash)
    throw new ProverError({ code: "SETUP_MISMATCH", part: "the r1cs file" });
  requireCommittedInputs(bytes, groups);
  const committed = { count: groups.weights + groups.advice, advice: groups.advice };
  const zkey = join(folder, "main.zkey");
  await writeDevelopmentKey({ r1cs: bytes, committed }, zkey, options);
  requireBlinds(await readCommittedSection(zkey, COMMITTED_SECTION.bases), groups);
  await sealKey(zkey);
  const record: SetupRecord = { zkey: await hashFile(zkey, "sha256") };
  await writeFile(join(folder, "setup.json"), JSON.stringify(record, undefined, 2));
}

/**
 * Demands that the last base of each group is not infinity: a commitment whose blind has no weight hides nothing.
 *
 * @param bases section 12
 * @throws {ProverError} `COMMITTED_INPUTS`.
 */
export function requireBlinds(bases: Uint8Array, { weights, advice }: CommittedGroups): void {
  const ends = weights === 0 ? [advice] : [weights, weights + advice];
  for (const end of ends) {
    if (bases.subarray((end - 1) * G1_BYTES, end * G1_BYTES).every((it) => it === 0)) {
      const reason = `input ${end - 1}, the blind of its group, occurs in no constraint`;
      throw new ProverError({ code: "COMMITTED_INPUTS", reason });
    }
  }
}

type SetupRecord = { readonly zkey: string };

async function load(
  folder: string,
  artefacts: CircuitArtefacts,
): Promise<CommittedSetup | undefined> {
  const zkey = join(folder, "main.zkey");
  try {
    const record = JSON.parse(await readFile(join(folder, "setup.json"), "utf8")) as SetupRecord;
    if ((await hashFile(zkey, "sha256")) !== record.zkey) return undefined;
  } catch {
    return undefined; // absent or damaged: it is made again
  }
  const { groups } = await readCommittedHeader(zkey);
  const key = await readCommittedVerifyingKey(zkey);
  checkKey(key, artefacts.publicSignals);
  const transcript = committedTranscript(artefacts.hash, groups, key);
  return { zkey, key, groups, class: "development", transcript };
}
