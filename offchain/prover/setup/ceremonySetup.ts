import { createHash, randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contentId, hexToBytes } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import { zKey } from "snarkjs";
import type { CircuitArtefacts } from "../buildCircuit.ts";
import { cachedFolder, hashFile } from "../contentCache.ts";
import { withSharedCurve } from "../curve.ts";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import { readR1csHeader } from "../r1csHeader.ts";
import { readVerifyingKey } from "../zkeyFile.ts";
import { domainPower } from "./constraintTerms.ts";
import { obtainPtau } from "./obtainPtau.ts";
import type { Ptau, PtauOptions } from "./obtainPtau.ts";
import { ceremonyTranscript, checkKey } from "./setup.ts";
import type { Setup } from "./setup.ts";
import { collectErrors } from "./snarkjsLogger.ts";

/** A contribution to phase 2. Sound if one contributor forgot its secret. */
export type Contribution = {
  /** Public; at most 64 bytes. */
  readonly name: string;
  /** Mixed with the system's randomness, which suffices alone. */
  readonly entropy?: string;
};

/** A last contribution from a value that nobody could foresee, which fixes the transcript. It adds no secret. */
export type Beacon = {
  readonly name: string;
  /** Hex, without prefix, at most 255 bytes. */
  readonly hash: string;
  /** The value is hashed 2^this times; 10 to 63. */
  readonly iterationsExponent: number;
};

export type CeremonyOptions = PtauOptions & {
  readonly contributions: readonly Contribution[];
  readonly beacon?: Beacon;
};

/**
 * Makes a proving key from public powers of tau, pinned by hash, and phase-2 contributions of this machine. Its class is
 * `unverified`: whether it counts as a ceremony is for others to attest, who check it with `verifySetup`.
 *
 * @throws {ProverError} `CONTRIBUTION_MISSING`, `BEACON_INVALID`; those of `obtainPtau`; `SETUP_FAILED`, `ABORTED`.
 */
export async function ceremonySetup(
  artefacts: CircuitArtefacts,
  options: CeremonyOptions,
): Promise<Setup> {
  checkAborted(options.signal);
  // A beacon alone would not do: everybody knows the delta that it makes.
  if (options.contributions.length === 0) throw new ProverError({ code: "CONTRIBUTION_MISSING" });
  if (options.beacon !== undefined) checkBeacon(options.beacon);

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

function checkBeacon({ hash, iterationsExponent }: Beacon): void {
  if (!/^([0-9a-f]{2}){1,255}$/i.test(hash)) {
    const reason = "its hash is not 1 to 255 bytes of hex without prefix";
    throw new ProverError({ code: "BEACON_INVALID", reason });
  }
  if (!Number.isInteger(iterationsExponent) || iterationsExponent < 10 || iterationsExponent > 63) {
    const reason = "its exponent is not from 10 to 63";
    throw new ProverError({ code: "BEACON_INVALID", reason });
  }
}

async function build(
  folder: string,
  artefacts: CircuitArtefacts,
  ptau: Ptau,
  { contributions, beacon, onProgress, signal }: CeremonyOptions,
): Promise<void> {
  let zkey = join(folder, "0.zkey");
  onProgress?.("ceremony: begin phase 2");
  const circuitHash = await runSnarkjs((logger) =>
    zKey.newZKey(artefacts.r1cs, ptau.path, zkey, logger),
  );

  const hashes: Uint8Array[] = [];
  const advance = async (
    step: (from: string, to: string) => Promise<Uint8Array>,
  ): Promise<void> => {
    checkAborted(signal);
    const next = join(folder, `${hashes.length + 1}.zkey`);
    hashes.push(await step(zkey, next));
    await rm(zkey);
    zkey = next;
  };
  for (const { name, entropy } of contributions) {
    onProgress?.(`ceremony: contribution ${hashes.length + 1} of ${contributions.length}`);
    const mixed = `${entropy ?? ""}${randomBytes(64).toString("hex")}`;
    await advance((from, to) =>
      runSnarkjs((logger) => zKey.contribute(from, to, name, mixed, logger)),
    );
  }
  if (beacon !== undefined) {
    onProgress?.("ceremony: beacon");
    const { name, hash, iterationsExponent } = beacon;
    await advance((from, to) =>
      runSnarkjs((logger) => zKey.beacon(from, to, name, hash, iterationsExponent, logger)),
    );
  }

  const final = join(folder, "main.zkey");
  await rename(zkey, final);
  checkKey(await readVerifyingKey(final), artefacts.publicSignals);
  const record: SetupRecord = {
    zkey: await hashFile(final, "sha256"),
    circuitHash: Buffer.from(circuitHash).toString("hex"),
    contributionHashes: hashes.map((it) => Buffer.from(it).toString("hex")),
  };
  await writeFile(join(folder, "setup.json"), JSON.stringify(record, undefined, 2));
}

async function runSnarkjs(
  work: (logger: ReturnType<typeof collectErrors>["logger"]) => Promise<Uint8Array | -1 | false>,
): Promise<Uint8Array> {
  const { logger, errors } = collectErrors();
  const failure = (reason: string, cause?: unknown): ProverError =>
    new ProverError({ code: "SETUP_FAILED", reason }, { cause });
  const result = await withSharedCurve(() => work(logger)).catch((cause: unknown) => {
    throw failure(cause instanceof Error ? cause.message : String(cause), cause);
  });
  if (result === -1 || result === false) throw failure(errors.join("; "));
  return result;
}

type SetupRecord = {
  readonly zkey: string;
  readonly circuitHash: string;
  readonly contributionHashes: readonly string[];
};

async function load(folder: string, artefacts: CircuitArtefacts): Promise<Setup | undefined> {
  const zkey = join(folder, "main.zkey");
  let record: SetupRecord;
  try {
    record = JSON.parse(await readFile(join(folder, "setup.json"), "utf8")) as SetupRecord;
    if ((await hashFile(zkey, "sha256")) !== record.zkey) return undefined;
  } catch {
    return undefined; // absent or damaged: it is made again
  }
  const transcript = ceremonyTranscript(
    artefacts.hash,
    bytesOf(record.circuitHash),
    record.contributionHashes.map(bytesOf),
  );
  return { zkey, key: await readVerifyingKey(zkey), class: "unverified", transcript };
}

function bytesOf(hex: string): Uint8Array {
  return hexToBytes(`0x${hex}` satisfies Hex);
}
