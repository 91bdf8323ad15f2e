import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contentId } from "@vouch/protocol";
import type { CircuitArtefacts } from "../buildCircuit.ts";
import { cachedFolder, hashFile } from "../contentCache.ts";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import { sealKey } from "../sealKey.ts";
import { readVerifyingKey } from "../zkeyFile.ts";
import type { DrawOptions } from "./drawKey.ts";
import { checkKey, developmentTranscript } from "./setup.ts";
import type { Setup } from "./setup.ts";
import { writeDevelopmentKey } from "./writeDevelopmentKey.ts";

export type DevelopmentOptions = DrawOptions & {
  /** Root of the cache; created where it is missing. */
  readonly cache: string;
};

/**
 * Makes a proving key in one step and by one party: draws the secrets, evaluates the circuit's QAP at them, multiplies
 * the generators, forgets the secrets. It skips both phases of a ceremony, and so proves nothing against whoever ran it.
 * The key is a Groth16 zkey that snarkjs uses unchanged; its list of contributions is empty.
 *
 * Made natively where the addon is here (`bench/setup.ts` measures both ways).
 *
 * @throws {ProverError} `R1CS_INVALID`, `CIRCUIT_TOO_LARGE`, `SETUP_MISMATCH` if the artefacts' r1cs changed, `ABORTED`.
 */
export async function developmentSetup(
  artefacts: CircuitArtefacts,
  options: DevelopmentOptions,
): Promise<Setup> {
  checkAborted(options.signal);
  const folder = join(options.cache, "setups", "development", artefacts.hash.slice(2));
  return cachedFolder(folder, {
    load: (path) => load(path, artefacts),
    build: (path) => build(path, artefacts, options),
  });
}

async function build(
  folder: string,
  artefacts: CircuitArtefacts,
  options: DevelopmentOptions,
): Promise<void> {
  const bytes = await readFile(artefacts.r1cs);
  if (contentId(bytes) !== artefacts.hash) {
    throw new ProverError({ code: "SETUP_MISMATCH", part: "the r1cs file" });
  }
  const zkey = join(folder, "main.zkey");
  await writeDevelopmentKey({ r1cs: bytes }, zkey, options);
  await sealKey(zkey);
  const record: SetupRecord = { zkey: await hashFile(zkey, "sha256") };
  await writeFile(join(folder, "setup.json"), JSON.stringify(record, undefined, 2));
}

type SetupRecord = { readonly zkey: string };

async function load(folder: string, artefacts: CircuitArtefacts): Promise<Setup | undefined> {
  const zkey = join(folder, "main.zkey");
  try {
    const record = JSON.parse(await readFile(join(folder, "setup.json"), "utf8")) as SetupRecord;
    if ((await hashFile(zkey, "sha256")) !== record.zkey) return undefined;
  } catch {
    return undefined; // absent or damaged: it is made again
  }
  const key = await readVerifyingKey(zkey);
  checkKey(key, artefacts.publicSignals);
  const transcript = developmentTranscript(artefacts.hash, key);
  return { zkey, key, class: "development", transcript };
}
