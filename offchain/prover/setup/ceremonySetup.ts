import { createHash } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contentId, hexToBytes } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import { zKey } from "snarkjs";
import type { CircuitArtefacts } from "../buildCircuit.ts";
import {
  CEREMONY_FORMAT,
  ceremonyDocumentHash,
  encodeCeremonyDocument,
} from "../ceremony/ceremonyDocument.ts";
import type { CeremonyDocument } from "../ceremony/ceremonyDocument.ts";
import { applyBeacon, contribute } from "../ceremony/contribute.ts";
import type { Contributed } from "../ceremony/contribute.ts";
import { checkContributionName } from "../ceremony/contributionName.ts";
import type { BeaconValue } from "../ceremony/contributionRecords.ts";
import { checkBeacon } from "../ceremony/deltaKey.ts";
import { cachedFolder, hashFile } from "../contentCache.ts";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import type { StepOptions } from "../progress.ts";
import { readR1csHeader } from "../r1csHeader.ts";
import { sealKey } from "../sealKey.ts";
import { readVerifyingKey } from "../zkeyFile.ts";
import { domainPower } from "./constraintTerms.ts";
import { obtainPtau } from "./obtainPtau.ts";
import type { Ptau, PtauOptions } from "./obtainPtau.ts";
import { ceremonyTranscript, checkKey } from "./setup.ts";
import type { Setup } from "./setup.ts";
import { runSnarkjs } from "./snarkjsLogger.ts";

/** A contribution to phase 2. Sound if one contributor forgot its secret. */
export type Contribution = {
  /** Public; at most 64 bytes. */
  readonly name: string;
  /** Mixed with the system's randomness, which suffices alone. */
  readonly entropy?: string;
};

/** A last contribution from a value that nobody could foresee, which fixes the transcript. It adds no secret. */
export type Beacon = BeaconValue & {
  /** Where the value is from; public; at most 64 bytes. */
  readonly name: string;
};

export type CeremonyOptions = PtauOptions & {
  readonly contributions: readonly Contribution[];
  readonly beacon?: Beacon;
};

/**
 * Makes a proving key from public powers of tau, pinned by hash, and phase-2 contributions of this machine. Its class is
 * `unverified`: whether it counts as a ceremony is for others to attest, who check it with `verifySetup`.
 *
 * @throws {ProverError} `CONTRIBUTION_MISSING`, `CONTRIBUTION_NAME`, `BEACON_INVALID`; those of `obtainPtau`; `SETUP_FAILED`, `ABORTED`.
 */
export async function ceremonySetup(
  artefacts: CircuitArtefacts,
  options: CeremonyOptions,
): Promise<Setup> {
  checkAborted(options.signal);
  // A beacon alone would not do: everybody knows the delta that it makes.
  if (options.contributions.length === 0) throw new ProverError({ code: "CONTRIBUTION_MISSING" });
  if (options.beacon !== undefined) checkBeacon(options.beacon);
  for (const { name } of [...options.contributions, ...(options.beacon ? [options.beacon] : [])]) {
    checkContributionName(name);
  }

  const r1cs = await readFile(artefacts.r1cs);
  if (contentId(r1cs) !== artefacts.hash) {
    throw new ProverError({ code: "SETUP_MISMATCH", part: "the r1cs file" });
  }
  const ptau = await obtainPtau(domainPower(readR1csHeader(r1cs)), options);
  const names = options.contributions.map((it) => it.name);
  const key = createHash("sha256")
    .update(JSON.stringify([artefacts.hash, ptau.pin.hash, names, options.beacon ?? null]))
    .digest("hex");
  return cachedFolder(join(options.cache, "setups", "ceremony", key), {
    load: (folder) => load(folder, artefacts),
    build: (folder) => build(folder, artefacts, ptau, options),
  });
}

async function build(
  folder: string,
  artefacts: CircuitArtefacts,
  ptau: Ptau,
  { contributions, beacon, onProgress, signal }: CeremonyOptions,
): Promise<void> {
  let zkey = join(folder, "0.zkey");
  onProgress?.("ceremony: begin phase 2");
  const circuit = await runSnarkjs((logger) =>
    zKey.newZKey(artefacts.r1cs, ptau.path, zkey, logger),
  );

  const steps: CeremonyDocument["contributions"][number][] = [];
  const advance = async (
    step: string,
    author: Omit<CeremonyDocument["contributions"][number], "hash">,
    work: (from: string, to: string, options: StepOptions) => Promise<Contributed>,
  ): Promise<void> => {
    const next = join(folder, `${steps.length + 1}.zkey`);
    const { hash } = await work(zkey, next, {
      onProgress: (_part, fraction) => onProgress?.(step, fraction),
      ...(signal === undefined ? {} : { signal }),
    });
    steps.push({ ...author, hash });
    await rm(zkey);
    zkey = next;
  };
  for (const { name, entropy } of contributions) {
    const step = `ceremony: contribution ${steps.length + 1} of ${contributions.length}`;
    await advance(step, { name }, (from, to, options) =>
      contribute(from, to, { ...options, name, ...(entropy === undefined ? {} : { entropy }) }),
    );
  }
  if (beacon !== undefined) {
    const { name, hash, iterationsExponent } = beacon;
    const value = { hash: hash.toLowerCase(), iterationsExponent };
    await advance("ceremony: beacon", { name, beacon: value }, (from, to, options) =>
      applyBeacon(from, to, { ...options, source: name, beacon: value }),
    );
  }

  const final = join(folder, "main.zkey");
  await rename(zkey, final);
  await sealKey(final);
  checkKey(await readVerifyingKey(final), artefacts.publicSignals);
  const document: CeremonyDocument = {
    format: CEREMONY_FORMAT,
    system: "groth16",
    r1cs: artefacts.hash,
    powers: { origin: "public", blake2b: ptau.pin.hash },
    circuit: Buffer.from(circuit).toString("hex"),
    contributions: steps,
    key: await hashFile(final, "sha256"),
  };
  await writeFile(join(folder, "setup.json"), encodeCeremonyDocument(document));
}

/** What older versions of this package kept, and registered by. */
type FirstRecord = {
  readonly zkey: string;
  readonly circuitHash: string;
  readonly contributionHashes: readonly string[];
};

async function load(folder: string, artefacts: CircuitArtefacts): Promise<Setup | undefined> {
  const zkey = join(folder, "main.zkey");
  let record: CeremonyDocument | FirstRecord;
  try {
    const text = await readFile(join(folder, "setup.json"), "utf8");
    record = JSON.parse(text) as CeremonyDocument | FirstRecord;
    const expected = "format" in record ? record.key : record.zkey;
    if ((await hashFile(zkey, "sha256")) !== expected) return undefined;
  } catch {
    return undefined; // absent or damaged: it is made again
  }
  const transcript =
    "format" in record
      ? ceremonyDocumentHash(record)
      : ceremonyTranscript(
          artefacts.hash,
          bytesOf(record.circuitHash),
          record.contributionHashes.map(bytesOf),
        );
  return { zkey, key: await readVerifyingKey(zkey), class: "unverified", transcript };
}

function bytesOf(hex: string): Uint8Array {
  return hexToBytes(`0x${hex}` satisfies Hex);
}
