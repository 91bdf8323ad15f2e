import { open } from "node:fs/promises";
import { ProverError } from "../errors.ts";
import { checkAborted } from "../progress.ts";
import type { StepOptions } from "../progress.ts";
import { loadCurveCode, loadSingleThreadedCurve } from "../setup/curveCode.ts";
import { ZKEY_SECTION } from "../zkeyFile.ts";
import type { ZkeyPoints } from "../zkeyFile.ts";
import { contributionHash, nextChallenge } from "./contributionRecords.ts";
import type { ContributionRecord, ContributionRecords } from "./contributionRecords.ts";
import { openCurvePoints } from "./curvePoints.ts";
import type { CurvePoints } from "./curvePoints.ts";
import { deriveBeaconKey, hashToG2 } from "./deltaKey.ts";
import { isSameSection, readPhaseTwoKey, readSection, sectionOf } from "./phaseTwoKey.ts";
import type { PhaseTwoKey } from "./phaseTwoKey.ts";
import { combinePoints } from "./pointThreads.ts";

export type VerifyContributionsOptions = StepOptions & {
  readonly threads?: number;
  /** Contributions that were verified before, in this very order: the first of the records. */
  readonly verified?: ContributionRecords;
};

/** A contribution that holds. */
export type VerifiedContribution = Pick<ContributionRecord, "name" | "beacon"> & {
  /** blake2b-512, hex. */
  readonly hash: string;
};

const COPIED = [
  ...[ZKEY_SECTION.protocol, ZKEY_SECTION.ic, ZKEY_SECTION.coefficients],
  ...[ZKEY_SECTION.a, ZKEY_SECTION.b1, ZKEY_SECTION.b2],
];
const FIXED_POINTS = ["alpha1", "beta1", "beta2", "gamma2"] as const;

/**
 * Verifies that a key follows from an initial one (of no contribution, whose delta is 1) by the contributions that it lists:
 * each has a proof of knowledge of what it multiplied delta by and builds on the one before, a beacon is derived again, and
 * nothing but delta and the division by it changed. Sections C and H are compared by random combinations with weights of
 * 128 bits; every point is checked to be one.
 *
 * That the initial key is that of the circuit is for the caller to see (`verifySetup`).
 *
 * @throws {ProverError} `ZKEY_INVALID`, `KEY_UNRELATED`, `CONTRIBUTION_INVALID` naming the first, `ABORTED`.
 */
export async function verifyContributions(
  initialPath: string,
  path: string,
  options: VerifyContributionsOptions = {},
): Promise<readonly VerifiedContribution[]> {
  checkAborted(options.signal);
  const [initial, key] = [await readPhaseTwoKey(initialPath), await readPhaseTwoKey(path)];
  const points = openCurvePoints(await loadCurveCode());
  await requireSameCircuit(initial, key);
  const { generators } = await loadCurveCode();
  const isInitial =
    initial.records.contributions.length === 0 &&
    isSame(initial.points.delta1, generators.g1m) &&
    isSame(initial.points.delta2, generators.g2m);
  if (!isInitial) throw unrelated(initialPath, "it is no initial key");

  const verified = await verifyChain(key.records, points, options);
  requireDelta(key, points, generators);
  await requireScaled(initial, key, points, options);
  return verified;
}

/**
 * Verifies the proofs of knowledge of a key's contributions, and that each builds on the one before.
 *
 * @throws {ProverError} `CONTRIBUTION_INVALID`, naming the first that does not hold; `ABORTED`.
 */
async function verifyChain(
  { circuitHash, contributions }: ContributionRecords,
  points: CurvePoints,
  { verified, ...options }: VerifyContributionsOptions,
): Promise<readonly VerifiedContribution[]> {
  const curve = await loadSingleThreadedCurve();
  let delta = curve.G1.gAffine;
  const results: VerifiedContribution[] = [];
  for (const [index, record] of contributions.entries()) {
    checkAborted(options.signal);
    options.onProgress?.("verify contributions", index / contributions.length);
    const refuse = (reason: string): never => {
      throw new ProverError({ code: "CONTRIBUTION_INVALID", number: index + 1, reason });
    };
    // Also of those that were verified before: nothing was behind it then.
    if (record.beacon !== undefined && index !== contributions.length - 1)
      refuse("a beacon is not the last one");
    const known = verified?.contributions[index];
    if (known === undefined) {
      const before = { circuitHash, contributions: contributions.slice(0, index) };
      const challenge = checkKnowledge(points, curve, before, record, delta, refuse);
      if (record.beacon !== undefined) {
        const expected = await deriveBeaconKey(curve, points, record.beacon, options);
        const spx = points.multiply("g2m", challenge, expected.x);
        const derived = { s: expected.s, sx: expected.sx, spx };
        const same = isSame(derived.s, record.s) && isSame(derived.sx, record.sx);
        if (!same || !isSame(derived.spx, record.spx)) refuse("the beacon gives another key");
      }
    } else if (!isSameRecord(points, known, record)) {
      refuse("it is not the one that was there before");
    }
    const hash = Buffer.from(contributionHash(points, record)).toString("hex");
    const { name, beacon } = record;
    results.push({
      hash,
      ...(name === undefined ? {} : { name }),
      ...(beacon === undefined ? {} : { beacon }),
    });
    delta = record.deltaAfter;
  }
  return results;
}

/** Returns the point of G2 that the challenge hashes to, once the proof of knowledge and the step of delta hold. */
function checkKnowledge(
  points: CurvePoints,
  curve: Parameters<typeof hashToG2>[0],
  before: ContributionRecords,
  { s, sx, spx, deltaAfter, challenge }: ContributionRecord,
  delta: Uint8Array,
  refuse: (reason: string) => never,
): Uint8Array {
  const inG1 = [s, sx, deltaAfter].every((it) => points.isElement("g1m", it));
  if (!inG1 || !points.isElement("g2m", spx)) refuse("a point is not one of the curve's groups");
  if (!isSame(nextChallenge(points, before, { s, sx }), challenge)) {
    refuse("it answers the challenge of another history");
  }
  const sp = hashToG2(curve, challenge);
  if (!points.haveSameRatio(s, sx, sp, spx)) refuse("its proof of knowledge does not hold");
  if (!points.haveSameRatio(delta, deltaAfter, sp, spx)) refuse("delta is not its multiple");
  return sp;
}

async function requireSameCircuit(initial: PhaseTwoKey, key: PhaseTwoKey): Promise<void> {
  const refuse = (reason: string): never => {
    throw unrelated(key.path, reason);
  };
  const { wires, publicSignals, domainSize } = initial;
  if (
    key.wires !== wires ||
    key.publicSignals !== publicSignals ||
    key.domainSize !== domainSize ||
    !FIXED_POINTS.every((it) => isSame(initial.points[it], key.points[it]))
  ) {
    refuse("its header is that of another circuit or phase 1");
  }
  if (!isSame(initial.records.circuitHash, key.records.circuitHash))
    refuse("its circuit hash differs");
  const files = [await open(initial.path, "r"), await open(key.path, "r")] as const;
  try {
    for (const id of COPIED) {
      const of = (it: PhaseTwoKey): ReturnType<typeof sectionOf> => sectionOf(it, it.path, id);
      if (!(await isSameSection([files[0], of(initial)], [files[1], of(key)]))) {
        refuse(`section ${id} differs`);
      }
    }
  } finally {
    await Promise.all(files.map((it) => it.close()));
  }
}

/** Both points of delta are what the last contribution left. */
function requireDelta(
  { path, points: { delta1, delta2 }, records: { contributions } }: PhaseTwoKey,
  points: CurvePoints,
  { g1m, g2m }: { readonly g1m: Uint8Array; readonly g2m: Uint8Array },
): void {
  if (!isSame(delta1, contributions.at(-1)?.deltaAfter ?? g1m)) {
    throw unrelated(path, "delta is not that of its last contribution");
  }
  if (!points.isElement("g2m", delta2) || !points.haveSameRatio(g1m, delta1, g2m, delta2)) {
    throw unrelated(path, "the two points of delta differ");
  }
}

/** Sections C and H, times delta, are those of the initial key. */
async function requireScaled(
  initial: PhaseTwoKey,
  key: PhaseTwoKey,
  points: CurvePoints,
  { onProgress, signal, threads }: VerifyContributionsOptions,
): Promise<void> {
  const step = "verify sections C and H";
  onProgress?.(step, 0);
  const sections = async ({ path, sections }: PhaseTwoKey): Promise<Uint8Array> => {
    const file = await open(path, "r");
    try {
      const ids = [ZKEY_SECTION.c, ZKEY_SECTION.h];
      const parts: Uint8Array[] = [];
      for (const id of ids) parts.push(await readSection(file, sectionOf({ sections }, path, id)));
      return Buffer.concat(parts);
    } finally {
      await file.close();
    }
  };
  for (const id of [ZKEY_SECTION.c, ZKEY_SECTION.h]) {
    const { length } = sectionOf(initial, initial.path, id);
    if (sectionOf(key, key.path, id).length !== length) {
      throw unrelated(key.path, `section ${id} has another length`);
    }
  }
  const sums = await combinePoints(await sections(initial), await sections(key), {
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
    onFraction: (fraction) => onProgress?.(step, fraction),
  });
  if ("invalid" in sums) throw unrelated(key.path, `point ${sums.invalid} of C and H is none`);
  const [before, after] = [points.sum(sums.before), points.sum(sums.after)];
  // e(after, delta) = e(before, 1); both are infinity with probability 2^-254, or where C and H are.
  const holds =
    [before, after].every((it) => points.isElement("g1m", it)) &&
    points.haveSameRatio(after, before, initial.points.delta2, key.points.delta2);
  if (!holds) throw unrelated(key.path, "C or H is not divided by delta");
}

function isSameRecord(points: CurvePoints, a: ContributionRecord, b: ContributionRecord): boolean {
  const facts = ({ name, beacon }: ContributionRecord): string => JSON.stringify([name, beacon]);
  return isSame(contributionHash(points, a), contributionHash(points, b)) && facts(a) === facts(b);
}

function isSame(a: ZkeyPoints[keyof ZkeyPoints], b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function unrelated(file: string, reason: string): ProverError {
  return new ProverError({ code: "KEY_UNRELATED", file, reason });
}
