import type { Hex } from "@vouch/protocol";
import type { BeaconOptions, Contributed, ContributeOptions } from "../../ceremony/contribute.ts";
import type { CurvePoints } from "../../ceremony/curvePoints.ts";
import { openCurvePoints } from "../../ceremony/curvePoints.ts";
import { scalarFrom } from "../../ceremony/deltaKey.ts";
import { multiplyPoints } from "../../ceremony/pointThreads.ts";
import { withSharedCurve } from "../../curve.ts";
import { ProverError } from "../../errors.ts";
import { checkAborted } from "../../progress.ts";
import type { StepOptions } from "../../progress.ts";
import { loadCurveCode } from "../../setup/curveCode.ts";
import type { ThreadOptions } from "../../threadPool.ts";
import { writeFileWhole } from "../../writeFileWhole.ts";
import { G1_BYTES, G2_BYTES } from "../../zkeyFile.ts";
import type { LinkFile } from "../linkFile.ts";
import { encodeLinkFile, readLinkParts } from "../linkFile.ts";
import { linkPoints } from "../linkPoints.ts";
import type { LinkedKeys } from "../linkSetup.ts";
import { linkedBases } from "../linkSetup.ts";
import type { Author } from "./author.ts";
import { beaconAuthor, contributor } from "./author.ts";
import { requireOpen } from "./contributionOrder.ts";
import { readCommittedStart } from "./keySections.ts";
import type { LinkRecord } from "./linkRecord.ts";
import {
  decodeLinkRecords,
  encodeLinkRecords,
  hashLinkRecord,
  linkContext,
  linkStart,
} from "./linkRecord.ts";
import { proveLog } from "./logProof.ts";

/** A link of a ceremony; `file` is at zero in all its points where nobody contributed yet. */
export type LinkCeremony = { readonly file: LinkFile; readonly records: readonly LinkRecord[] };

/** A record with the secrets that it is of; plain, little-endian. */
type MadeRecord = {
  readonly record: LinkRecord;
  readonly inference: Uint8Array;
  readonly weights: Uint8Array;
};

/**
 * Writes the link that contributions begin from, whose secrets are 0: every point is infinity. It depends on nothing but the
 * number of weights.
 *
 * @param path where it goes
 * @returns the file's sha256
 * @throws {ProverError} `COMMITTED_INPUTS` where the two have other numbers of weights, `ZKEY_INVALID`.
 */
export async function beginLink(keys: LinkedKeys, path: string): Promise<string> {
  const { inference } = await linkedBases(keys);
  const points = new Uint8Array(inference.length + G1_BYTES);
  const file = { points, secrets2: new Uint8Array(2 * G2_BYTES) };
  return writeFileWhole(path, [encodeLinkFile(file, encodeLinkRecords([]))]);
}

/** @throws {ProverError} `LINK_INVALID`. */
export async function readLinkCeremony(path: string): Promise<LinkCeremony> {
  const { contributions, ...file } = await readLinkParts(path);
  if (contributions === undefined) {
    const reason = "it is of no ceremony";
    throw new ProverError({ code: "LINK_INVALID", file: path, reason });
  }
  return { file, records: decodeLinkRecords(contributions, path) };
}

/**
 * Writes the link `to` that follows the link `from` by a contribution of this machine: adds `x1·K_i + x2·K'_i` to each of its
 * points, for secrets of its own, which live in buffers that are overwritten. Sums of secrets need no ratio to what was
 * before, so a contribution can be checked by the end alone.
 *
 * @param keys of any round: their bases stay the same
 * @throws {ProverError} `LINK_INVALID`, `COMMITTED_INPUTS`, `ZKEY_INVALID`, `CONTRIBUTION_NAME`; `CEREMONY_OVER` behind a
 * beacon; `ABORTED`.
 */
export async function contributeLink(
  keys: LinkedKeys,
  from: string,
  to: string,
  { name, entropy, ...options }: ContributeOptions,
): Promise<Contributed> {
  return extend(keys, from, to, contributor(name, entropy), options);
}

/**
 * Writes the link that follows by a beacon; everybody derives the same bytes.
 *
 * @throws {ProverError} those of `contributeLink`; `BEACON_INVALID`; `CONTRIBUTION_MISSING` where none is before it.
 */
export async function applyLinkBeacon(
  keys: LinkedKeys,
  from: string,
  to: string,
  { source, beacon, ...options }: BeaconOptions,
): Promise<Contributed> {
  return extend(keys, from, to, beaconAuthor(source, beacon, options), options);
}

/** Makes the record of a contribution upon a hash. For a beacon it is the only one that can be. */
export async function makeLinkRecord(
  points: CurvePoints,
  generator: Uint8Array,
  before: Hex,
  { seedFor, ...author }: Author,
): Promise<MadeRecord> {
  const context = linkContext(before, author);
  const seed = await seedFor(context);
  const secret = { inference: scalarFrom(seed, "k1"), weights: scalarFrom(seed, "k2") };
  const nonce = { one: scalarFrom(seed, "k1 nonce"), two: scalarFrom(seed, "k2 nonce") };
  seed.fill(0);
  try {
    const inference = points.multiply("g2m", generator, secret.inference);
    const weights = points.multiply("g2m", generator, secret.weights);
    const claim = { group: "g2m", base: generator, context } as const;
    const record = {
      ...{ ...author, inference, weights },
      inferenceProof: proveLog(points, { ...claim, point: inference }, secret.inference, nonce.one),
      weightsProof: proveLog(points, { ...claim, point: weights }, secret.weights, nonce.two),
    };
    return { record, ...secret };
  } finally {
    for (const it of Object.values(nonce)) it.fill(0);
  }
}

/** Hash that a link's first contribution stands upon. */
export async function readLinkStart({ inference, weights }: LinkedKeys): Promise<Hex> {
  return linkStart(
    await readCommittedStart(inference.zkey),
    await readCommittedStart(weights.zkey),
  );
}

async function extend(
  keys: LinkedKeys,
  from: string,
  to: string,
  author: Author,
  { onProgress, signal, threads }: StepOptions & ThreadOptions,
): Promise<Contributed> {
  checkAborted(signal);
  const { file, records } = await readLinkCeremony(from);
  requireOpen(from, records, author);
  const bases = await linkedBases(keys);
  if (file.points.length !== bases.inference.length + G1_BYTES) {
    const reason = "it has another number of weights than the keys";
    throw new ProverError({ code: "LINK_INVALID", file: from, reason });
  }
  const code = await loadCurveCode();
  const points = openCurvePoints(code);
  const last = records.reduce(hashLinkRecord, await readLinkStart(keys));
  const made = await makeLinkRecord(points, code.generators.g2m, last, author);
  const { record } = made;
  try {
    const step = `contribution ${records.length + 1}: link`;
    onProgress?.(step, 0);
    const products = async (side: keyof typeof bases): Promise<Uint8Array> => {
      const result = await multiplyPoints(bases[side], made[side], {
        ...(threads === undefined ? {} : { threads }),
        ...(signal === undefined ? {} : { signal }),
        onFraction: (fraction) => onProgress?.(step, fraction),
      });
      if (!("invalid" in result)) return result;
      const reason = `base ${result.invalid} of the weights is no point of the curve`;
      throw new ProverError({ code: "ZKEY_INVALID", file: keys[side].zkey, reason });
    };
    const scaled = { inference: await products("inference"), weights: await products("weights") };
    const sums = await withSharedCurve((curve) => linkPoints(curve, scaled, file.points));
    const added = [record.inference, record.weights].map((it, i) =>
      points.add("g2m", file.secrets2.subarray(i * G2_BYTES, (i + 1) * G2_BYTES), it),
    );
    const next = { points: sums, secrets2: Buffer.concat(added) };
    const content = encodeLinkFile(next, encodeLinkRecords([...records, record]));
    const sha256 = await writeFileWhole(to, [content]);
    return { hash: hashLinkRecord(last, record), sha256, number: records.length + 1 };
  } finally {
    for (const it of [made.inference, made.weights]) it.fill(0);
  }
}
