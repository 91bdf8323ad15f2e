import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contentId } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import { zKey } from "snarkjs";
import type { File } from "snarkjs";
import { hashFile } from "../contentCache.ts";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import { readR1csHeader } from "../r1csHeader.ts";
import { ceremonyTranscript, checkKey } from "../setup/setup.ts";
import { runSnarkjs } from "../setup/snarkjsLogger.ts";
import { readVerifyingKey } from "../zkeyFile.ts";
import { beginCeremonyKey } from "./beginCeremonyKey.ts";
import { CEREMONY_FORMAT, ceremonyDocumentHash } from "./ceremonyDocument.ts";
import type { CeremonyDocument, PowersOrigin } from "./ceremonyDocument.ts";
import { readPhaseTwoKey } from "./phaseTwoKey.ts";
import { verifyContributions } from "./verifyContributions.ts";
import type { VerifyContributionsOptions } from "./verifyContributions.ts";

/** Files that a ceremony's key is verified against. */
export type CeremonyMaterial = {
  /** Path. */
  readonly r1cs: string;
  /** Prepared powers of tau: path, the hash of the file (`obtainPtau` or `openPowers` checked it), and where it is from. */
  readonly powers: {
    readonly path: string;
    readonly blake2b: string;
    readonly origin: PowersOrigin;
  };
  /** Path of the final key. */
  readonly zkey: string;
};

/** A ceremony that was verified from the r1cs and the powers of tau on. */
export type VerifiedCeremony = {
  readonly document: CeremonyDocument;
  /** Contributions with a secret; a beacon is none. */
  readonly secrets: number;
  /** Hash of the document, and the hash that older set-ups are registered with, which leaves names and files out. */
  readonly transcripts: { readonly current: Hex; readonly v1: Hex };
};

/**
 * Verifies a ceremony completely: derives the initial key again from r1cs and powers of tau, follows every contribution from
 * there (`verifyContributions`), has snarkjs do the same by its own code, and checks what would make the key forgeable.
 *
 * @throws {ProverError} those of `verifyContributions`; `R1CS_INVALID`, `KEY_FORGEABLE`, `KEY_INVALID`,
 * `CONTRIBUTION_MISSING`, `SETUP_FAILED` where snarkjs refuses it.
 */
export async function verifyCeremony(
  { r1cs, powers, zkey }: CeremonyMaterial,
  options: Omit<VerifyContributionsOptions, "verified"> = {},
): Promise<VerifiedCeremony> {
  const { onProgress, signal } = options;
  checkAborted(signal);
  const bytes = await readFile(r1cs);
  const { publicSignals } = readR1csHeader(bytes);
  checkKey(await readVerifyingKey(zkey), publicSignals);
  const key = await readPhaseTwoKey(zkey);
  const secrets = key.records.contributions.filter((it) => it.beacon === undefined).length;
  if (secrets === 0) throw new ProverError({ code: "CONTRIBUTION_MISSING" });

  const folder = await mkdtemp(join(tmpdir(), "vouch-ceremony-"));
  try {
    const initial = join(folder, "initial.zkey");
    onProgress?.("derive the initial key");
    const circuit = await beginCeremonyKey(r1cs, powers.path, initial);
    const contributions = await verifyContributions(initial, zkey, options);
    checkAborted(signal);
    onProgress?.("verify with snarkjs");
    await verifyWithSnarkjs(initial, powers.path, zkey);
    const hex = (hash: Uint8Array): string => Buffer.from(hash).toString("hex");
    const document: CeremonyDocument = {
      format: CEREMONY_FORMAT,
      system: "groth16",
      r1cs: contentId(bytes),
      powers: { origin: powers.origin, blake2b: powers.blake2b },
      circuit: hex(circuit),
      contributions: contributions.map(({ name = "", ...rest }) => ({ name, ...rest })),
      key: await hashFile(zkey, "sha256", signal),
    };
    const hashes = contributions.map(({ hash }) => Buffer.from(hash, "hex"));
    const transcripts = {
      current: ceremonyDocumentHash(document),
      v1: ceremonyTranscript(document.r1cs, circuit, hashes),
    };
    return { document, secrets, transcripts };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function verifyWithSnarkjs(initial: string, powers: string, zkey: string): Promise<void> {
  // In memory, since snarkjs does not close the files that it verifies.
  const inMemory = async (path: string): Promise<File> => ({
    type: "mem",
    data: await readFile(path),
  });
  const files = [await inMemory(initial), await inMemory(powers), await inMemory(zkey)] as const;
  await runSnarkjs(async (logger) => zKey.verifyFromInit(...files, logger));
}
