import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contentId } from "@vouch/protocol";
import type { CircuitArtefacts } from "../buildCircuit.ts";
import { cachedFolder, hashFile } from "../contentCache.ts";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import type { StepOptions } from "../progress.ts";
import { readR1csHeader } from "../r1csHeader.ts";
import { encodeZkeyHeader, readVerifyingKey, ZKEY_SECTION } from "../zkeyFile.ts";
import { coefficientSection } from "./coefficientSection.ts";
import { domainPower, rowCount } from "./constraintTerms.ts";
import { loadCurveCode } from "./curveCode.ts";
import { evaluateQap } from "./evaluateQap.ts";
import { multiplyGenerators } from "./fixedBase.ts";
import { checkKey, developmentTranscript } from "./setup.ts";
import type { Setup } from "./setup.ts";

export type DevelopmentOptions = StepOptions & {
  /** Root of the cache; created where it is missing. */
  readonly cache: string;
  /** Worker threads; by default one for each core, at most 16. */
  readonly threads?: number;
};

/** What the 4 GiB of a WebAssembly memory hold: some ten elements of 32 bytes a row. */
const MAX_POWER = 22;
const CIRCUIT_HASH_BYTES = 64;

/**
 * Makes a proving key in one step and by one party: draws the secrets, evaluates the circuit's QAP at them, multiplies
 * the generators, forgets the secrets. It skips both phases of a ceremony, and so proves nothing against whoever ran it.
 * The key is a Groth16 zkey that snarkjs uses unchanged; its list of contributions is empty.
 *
 * On two cores 2 s at 2^14 rows and 6 s at 2^16, the process at 350 and 400 MB (`bench/setup.ts`).
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
  { onProgress, signal, threads }: DevelopmentOptions,
): Promise<void> {
  onProgress?.("development set-up: evaluate the circuit");
  const bytes = await readFile(artefacts.r1cs);
  if (contentId(bytes) !== artefacts.hash) {
    throw new ProverError({ code: "SETUP_MISMATCH", part: "the r1cs file" });
  }
  const header = readR1csHeader(bytes);
  const rows = rowCount(header);
  if (rows > 2 ** MAX_POWER) {
    throw new ProverError({ code: "CIRCUIT_TOO_LARGE", rows, limit: 2 ** MAX_POWER });
  }
  const curve = await loadCurveCode();
  const scalars = await evaluateQap(curve, bytes, header);
  const step = "development set-up: multiply the generators";
  onProgress?.(step, 0);
  const { secrets, a, b, ic, c, h } = scalars;
  const keyPoints = await multiplyGenerators(
    curve,
    {
      secrets1: { group: "g1m", scalars: secrets },
      secrets2: { group: "g2m", scalars: secrets },
      ic: { group: "g1m", scalars: ic },
      a: { group: "g1m", scalars: a },
      b1: { group: "g1m", scalars: b },
      b2: { group: "g2m", scalars: b },
      c: { group: "g1m", scalars: c },
      h: { group: "g1m", scalars: h },
    },
    {
      ...(threads === undefined ? {} : { threads }),
      ...(signal === undefined ? {} : { signal }),
      onFraction: (fraction) => onProgress?.(step, fraction),
    },
  ).finally(() => {
    for (const it of Object.values(scalars)) it.fill(0);
  });
  const { secrets1, secrets2 } = keyPoints; // alpha, beta, delta

  const protocol = new Uint8Array(new Uint32Array([1]).buffer);
  const points = {
    alpha1: secrets1.slice(0, 64),
    beta1: secrets1.slice(64, 128),
    beta2: secrets2.slice(128, 256),
    gamma2: curve.generators.g2m,
    delta1: secrets1.slice(128, 192),
    delta2: secrets2.slice(256, 384),
  };
  const sections: readonly (readonly [id: number, content: Uint8Array])[] = [
    [ZKEY_SECTION.protocol, protocol],
    [
      ZKEY_SECTION.header,
      encodeZkeyHeader({ ...header, domainSize: 2 ** domainPower(header), points }),
    ],
    [ZKEY_SECTION.ic, keyPoints.ic],
    [ZKEY_SECTION.coefficients, coefficientSection(curve, bytes, header)],
    [ZKEY_SECTION.a, keyPoints.a],
    [ZKEY_SECTION.b1, keyPoints.b1],
    [ZKEY_SECTION.b2, keyPoints.b2],
    [ZKEY_SECTION.c, keyPoints.c],
    [ZKEY_SECTION.h, keyPoints.h],
    // No phase 1, hence no circuit hash, and no contribution: snarkjs refuses to verify it as a ceremony.
    [ZKEY_SECTION.contributions, new Uint8Array(CIRCUIT_HASH_BYTES + 4)],
  ];
  const zkey = join(folder, "main.zkey");
  await writeFile(zkey, binaryFile(sections));
  const record: SetupRecord = { zkey: await hashFile(zkey, "sha256") };
  await writeFile(join(folder, "setup.json"), JSON.stringify(record, undefined, 2));
}

function* binaryFile(
  sections: readonly (readonly [id: number, content: Uint8Array])[],
): Generator<Uint8Array> {
  const start = Buffer.alloc(12);
  start.write("zkey", "ascii");
  start.writeUInt32LE(1, 4);
  start.writeUInt32LE(sections.length, 8);
  yield start;
  for (const [id, content] of sections) {
    const head = Buffer.alloc(12);
    head.writeUInt32LE(id, 0);
    head.writeBigUInt64LE(BigInt(content.length), 4);
    yield head;
    yield content;
  }
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
