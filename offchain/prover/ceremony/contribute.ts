import { open } from "node:fs/promises";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import type { StepOptions } from "../progress.ts";
import { loadSingleThreadedCurve, loadCurveCode } from "../setup/curveCode.ts";
import { writeFileWhole } from "../writeFileWhole.ts";
import { encodeZkeyHeader, ZKEY_SECTION } from "../zkeyFile.ts";
import { checkContributionName } from "./contributionName.ts";
import { contributionHash, encodeContributions, nextChallenge } from "./contributionRecords.ts";
import type { BeaconValue, ContributionRecord } from "./contributionRecords.ts";
import { openCurvePoints } from "./curvePoints.ts";
import { checkBeacon, deriveBeaconKey, drawDeltaKey, hashToG2 } from "./deltaKey.ts";
import { readPhaseTwoKey, readSection, sectionChunks, sectionOf } from "./phaseTwoKey.ts";
import { multiplyPoints } from "./pointThreads.ts";

export type ContributeOptions = StepOptions & {
  /** Public, written into the key; 1 to 64 bytes. */
  readonly name: string;
  /** Mixed with the system's randomness, which suffices alone. */
  readonly entropy?: string;
  readonly threads?: number;
};

export type BeaconOptions = StepOptions & {
  /** Where the value is from, such as `drand quicknet 12345`; written into the key; 1 to 64 bytes. */
  readonly source: string;
  readonly beacon: BeaconValue;
  readonly threads?: number;
};

/** A contribution that was made. */
export type Contributed = {
  /** blake2b-512, hex: what the contributor keeps, and finds in the transcript again. */
  readonly hash: string;
  /** sha256 of the file that was written, hex. */
  readonly sha256: string;
  /** Its place among the contributions, from 1. */
  readonly number: number;
};

/** The sections that hold a division by delta. */
const SCALED = [ZKEY_SECTION.c, ZKEY_SECTION.h] as const;

/**
 * Writes the key `to` that follows the key `from` by a contribution of this machine: delta is multiplied by a random x, the
 * sections C and H by 1/x. x lives in memory only, in buffers that are overwritten; it is never written to a file.
 *
 * On two cores 2 s at 2^14 rows (`bench/ceremony.ts`). The result is what `snarkjs zkey contribute` writes.
 *
 * @throws {ProverError} `ZKEY_INVALID`, `CONTRIBUTION_NAME`; `CEREMONY_OVER` behind a beacon; `ABORTED`.
 */
export async function contribute(
  from: string,
  to: string,
  { name, entropy, ...options }: ContributeOptions,
): Promise<Contributed> {
  checkContributionName(name);
  const code = await loadCurveCode();
  const points = openCurvePoints(code);
  return extend(
    from,
    to,
    { name },
    () => Promise.resolve(drawDeltaKey(code, points, entropy)),
    options,
  );
}

/**
 * Writes the key that follows by a beacon, from a public random value that was not known when the contributions were made.
 * Everybody derives the same; the bytes are those of `snarkjs zkey beacon`.
 *
 * @throws {ProverError} those of `contribute`; `BEACON_INVALID`; `CONTRIBUTION_MISSING` where there is none before it.
 */
export async function applyBeacon(
  from: string,
  to: string,
  { source, beacon, ...options }: BeaconOptions,
): Promise<Contributed> {
  checkContributionName(source);
  checkBeacon(beacon);
  const value = { ...beacon, hash: beacon.hash.toLowerCase() };
  const key = await loadSingleThreadedCurve();
  const points = openCurvePoints(await loadCurveCode());
  const derive = async (): ReturnType<typeof deriveBeaconKey> =>
    deriveBeaconKey(key, points, value, options);
  return extend(from, to, { name: source, beacon: value }, derive, options);
}

type Author = Pick<ContributionRecord, "name" | "beacon">;

async function extend(
  from: string,
  to: string,
  author: Author,
  makeKey: () => ReturnType<typeof deriveBeaconKey>,
  { onProgress, signal, threads }: StepOptions & { readonly threads?: number },
): Promise<Contributed> {
  checkAborted(signal);
  const curve = await loadSingleThreadedCurve();
  const points = openCurvePoints(await loadCurveCode());
  const key = await readPhaseTwoKey(from);
  const { contributions } = key.records;
  if (contributions.some((it) => it.beacon !== undefined)) {
    throw new ProverError({ code: "CEREMONY_OVER", file: from });
  }
  // A beacon alone would not do: everybody knows the delta that it makes.
  if (author.beacon !== undefined && contributions.length === 0) {
    throw new ProverError({ code: "CONTRIBUTION_MISSING" });
  }

  // A multiple of what is no point of the group would tell x to whoever made the key.
  const { delta1: g1, delta2: g2 } = key.points;
  if (!points.isElement("g1m", g1) || !points.isElement("g2m", g2)) {
    const reason = "delta is no point of the curve's groups";
    throw new ProverError({ code: "ZKEY_INVALID", file: from, reason });
  }

  const { x, s, sx } = await makeKey();
  const inverse = points.invert(x);
  try {
    const challenge = nextChallenge(points, key.records, { s, sx });
    const delta1 = points.multiply("g1m", key.points.delta1, x);
    const delta2 = points.multiply("g2m", key.points.delta2, x);
    const spx = points.multiply("g2m", hashToG2(curve, challenge), x);
    const record = { deltaAfter: delta1, s, sx, spx, challenge, ...author };
    const records = { ...key.records, contributions: [...contributions, record] };
    const sections = new Map<number, Uint8Array>([
      [
        ZKEY_SECTION.header,
        encodeZkeyHeader({ ...key, points: { ...key.points, delta1, delta2 } }),
      ],
      [ZKEY_SECTION.contributions, encodeContributions(records)],
    ]);
    const source = await open(from, "r");
    try {
      for (const id of SCALED) {
        const step = `contribution ${contributions.length + 1}: section ${id === ZKEY_SECTION.c ? "C" : "H"}`;
        onProgress?.(step, 0);
        const before = await readSection(source, sectionOf(key, from, id));
        const options = {
          ...(threads === undefined ? {} : { threads }),
          ...(signal === undefined ? {} : { signal }),
          onFraction: (fraction: number) => onProgress?.(step, fraction),
        };
        const products = await multiplyPoints(before, inverse, options);
        if ("invalid" in products) {
          const reason = `point ${products.invalid} of section ${id} is none of the curve`;
          throw new ProverError({ code: "ZKEY_INVALID", file: from, reason });
        }
        sections.set(id, products);
      }
      const unchanged = (id: number): AsyncIterable<Uint8Array> =>
        sectionChunks(source, sectionOf(key, from, id));
      const lengthOf = (id: number): number => sectionOf(key, from, id).length;
      const sha256 = await writeFileWhole(to, keyParts(sections, unchanged, lengthOf));
      const hash = Buffer.from(contributionHash(points, record)).toString("hex");
      return { hash, sha256, number: records.contributions.length };
    } finally {
      await source.close();
    }
  } finally {
    for (const it of [x, inverse]) it.fill(0);
  }
}

/** A key's sections in their order, as parts of its file. */
async function* keyParts(
  changed: ReadonlyMap<number, Uint8Array>,
  unchanged: (id: number) => AsyncIterable<Uint8Array>,
  lengthOf: (id: number) => number,
): AsyncGenerator<Uint8Array, undefined> {
  const ids = Object.values(ZKEY_SECTION);
  const start = Buffer.alloc(12, "zkey", "ascii");
  start.writeUInt32LE(1, 4);
  start.writeUInt32LE(ids.length, 8);
  yield start;
  for (const id of ids) {
    const content = changed.get(id);
    const head = Buffer.alloc(12);
    head.writeUInt32LE(id, 0);
    head.writeBigUInt64LE(BigInt(content?.length ?? lengthOf(id)), 4);
    yield head;
    if (content !== undefined) yield content;
    else yield* unchanged(id);
  }
}
