import type { Hex } from "@vouch/protocol";
import type { Contributed, ContributeOptions, BeaconOptions } from "../../ceremony/contribute.ts";
import type { CurvePoints } from "../../ceremony/curvePoints.ts";
import { openCurvePoints } from "../../ceremony/curvePoints.ts";
import { scalarFrom } from "../../ceremony/deltaKey.ts";
import { multiplyPoints } from "../../ceremony/pointThreads.ts";
import { ProverError } from "../../errors.ts";
import { checkAborted } from "../../progress.ts";
import type { StepOptions } from "../../progress.ts";
import { loadCurveCode } from "../../setup/curveCode.ts";
import type { ThreadOptions } from "../../threadPool.ts";
import { ZKEY_SECTION } from "../../zkeyFile.ts";
import { COMMITTED_SECTION } from "../keyFile.ts";
import type { Author } from "./author.ts";
import { beaconAuthor, contributor } from "./author.ts";
import { requireOpen } from "./contributionOrder.ts";
import type { CommittedRecord } from "./contributionRecord.ts";
import {
  committedStart,
  encodeContributions,
  hashRecord,
  recordContext,
} from "./contributionRecord.ts";
import type { CommittedKeyFile } from "./keySections.ts";
import { readKeyFile, sectionOf, writeKeyFile } from "./keySections.ts";
import { proveLog } from "./logProof.ts";

/** A record with the factors of delta and sigma that it is of; plain, little-endian. */
type MadeRecord = {
  readonly record: CommittedRecord;
  readonly delta: Uint8Array;
  readonly sigma: Uint8Array;
};

/**
 * Writes the key `to` that follows the key `from` by a contribution of this machine: delta and sigma are multiplied by
 * secrets of its own, which live in buffers that are overwritten.
 *
 * @throws {ProverError} `ZKEY_INVALID`, `CONTRIBUTION_NAME`; `CEREMONY_OVER` behind a beacon; `ABORTED`.
 */
export async function contributeCommitted(
  from: string,
  to: string,
  { name, entropy, ...options }: ContributeOptions,
): Promise<Contributed> {
  return extend(from, to, contributor(name, entropy), options);
}

/**
 * Writes the key that follows by a beacon; everybody derives the same bytes.
 *
 * @throws {ProverError} those of `contributeCommitted`; `BEACON_INVALID`; `CONTRIBUTION_MISSING` where none is before it.
 */
export async function applyCommittedBeacon(
  from: string,
  to: string,
  { source, beacon, ...options }: BeaconOptions,
): Promise<Contributed> {
  return extend(from, to, beaconAuthor(source, beacon, options), options);
}

/**
 * Makes the record of a contribution upon delta and sigma, which must be elements of their groups. For a beacon it is the
 * only one that can be.
 */
export async function makeRecord(
  points: CurvePoints,
  before: {
    readonly hash: Hex;
    readonly delta: Uint8Array;
    readonly sigma: Uint8Array;
  },
  { seedFor, ...author }: Author,
): Promise<MadeRecord> {
  const context = recordContext(before.hash, author);
  const seed = await seedFor(context);
  const secret = { delta: scalarFrom(seed, "delta"), sigma: scalarFrom(seed, "sigma") };
  const nonce = { delta: scalarFrom(seed, "delta nonce"), sigma: scalarFrom(seed, "sigma nonce") };
  seed.fill(0);
  try {
    const delta = points.multiply("g1m", before.delta, secret.delta);
    const sigma = points.multiply("g2m", before.sigma, secret.sigma);
    const claims = {
      delta: { group: "g1m", base: before.delta, point: delta, context },
      sigma: { group: "g2m", base: before.sigma, point: sigma, context },
    } as const;
    const record = {
      ...{ ...author, delta, sigma },
      deltaProof: proveLog(points, claims.delta, secret.delta, nonce.delta),
      sigmaProof: proveLog(points, claims.sigma, secret.sigma, nonce.sigma),
    };
    return { record, ...secret };
  } finally {
    for (const it of Object.values(nonce)) it.fill(0);
  }
}

async function extend(
  from: string,
  to: string,
  author: Author,
  { onProgress, signal, threads }: StepOptions & ThreadOptions,
): Promise<Contributed> {
  checkAborted(signal);
  const key = await readKeyFile(from);
  const { circuitHash, records } = key.contributions;
  requireOpen(from, records, author);
  const points = openCurvePoints(await loadCurveCode());
  const { delta1, delta2 } = key.header.points;
  const before = sectionOf(key, COMMITTED_SECTION.sigma);
  // A multiple of what is no point of its group would tell the secret to whoever made the key.
  if (!points.isElement("g1m", delta1)) throw noPoint(key, "delta");
  if (!points.isElement("g2m", delta2)) throw noPoint(key, "delta in G2");
  if (!points.isElement("g2m", before)) throw noPoint(key, "sigma");

  const last = records.reduce(hashRecord, committedStart(circuitHash, key.header.groups));
  const own = { hash: last, delta: delta1, sigma: before };
  const { record, delta, sigma } = await makeRecord(points, own, author);
  const inverse = points.invert(delta);
  try {
    const scaled = [
      [ZKEY_SECTION.c, "C", inverse],
      [ZKEY_SECTION.h, "H", inverse],
      [COMMITTED_SECTION.knowledge, "bases times sigma", sigma],
    ] as const;
    const changed = new Map<number, Uint8Array>([
      [COMMITTED_SECTION.sigma, record.sigma],
      [
        ZKEY_SECTION.contributions,
        encodeContributions({ circuitHash, records: [...records, record] }),
      ],
    ]);
    for (const [id, name, scalar] of scaled) {
      const step = `contribution ${records.length + 1}: ${name}`;
      onProgress?.(step, 0);
      const products = await multiplyPoints(sectionOf(key, id), scalar, {
        ...(threads === undefined ? {} : { threads }),
        ...(signal === undefined ? {} : { signal }),
        onFraction: (fraction) => onProgress?.(step, fraction),
      });
      if ("invalid" in products) throw noPoint(key, `point ${products.invalid} of section ${id}`);
      changed.set(id, products);
    }
    const next = { delta1: record.delta, delta2: points.multiply("g2m", delta2, delta) };
    const sha256 = await writeKeyFile(key, to, changed, next);
    return { hash: hashRecord(last, record), sha256, number: records.length + 1 };
  } finally {
    for (const it of [delta, sigma, inverse]) it.fill(0);
  }
}

function noPoint({ path }: CommittedKeyFile, what: string): ProverError {
  const reason = `${what} is no point of its group`;
  return new ProverError({ code: "ZKEY_INVALID", file: path, reason });
}
