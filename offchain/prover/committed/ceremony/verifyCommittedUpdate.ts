import type { Hex } from "@vouch/protocol";
import { requireCommittedKey } from "@vouch/protocol";
import type { Curve } from "ffjavascript";
import type { CurvePoints } from "../../ceremony/curvePoints.ts";
import { openCurvePoints } from "../../ceremony/curvePoints.ts";
import { withSharedCurve } from "../../curve.ts";
import { ProverError } from "../../errors.ts";
import { checkAborted } from "../../progress.ts";
import type { StepOptions } from "../../progress.ts";
import { loadCurveCode } from "../../setup/curveCode.ts";
import { ZKEY_SECTION } from "../../zkeyFile.ts";
import { COMMITTED_SECTION, readCommittedVerifyingKey } from "../keyFile.ts";
import { beaconAuthor } from "./author.ts";
import { makeRecord } from "./contribute.ts";
import { requireOneMore, requireOrder } from "./contributionOrder.ts";
import type { CommittedRecord } from "./contributionRecord.ts";
import { committedStart, encodeRecord, hashRecord, recordContext } from "./contributionRecord.ts";
import type { CommittedKeyFile } from "./keySections.ts";
import { FIXED_SECTIONS, readKeyFile, sectionOf } from "./keySections.ts";
import { verifyLog } from "./logProof.ts";
import { areOnCurve, isRatio } from "./pointChecks.ts";
import type { ListedContribution } from "./listedContribution.ts";
import { listed } from "./listedContribution.ts";

/**
 * Checks that a key came of its initial one by the contributions that it lists: every record's proofs of knowledge upon the
 * one before, a beacon made again and the last, what no contribution may change the same byte for byte, C and H gone with
 * 1/delta and the advice's second bases with sigma. That the initial key is that of the circuit is for the caller to see.
 *
 * @returns the contributions in their order
 * @throws {ProverError} `CONTRIBUTION_INVALID` naming the first, `SETUP_MISMATCH` naming the first part that differs,
 * `CONTRIBUTION_MISSING`, `ZKEY_INVALID`, `ABORTED`. {ProtocolError} `KEY_INVALID` where anyone can forge under the key.
 */
export async function verifyCommittedUpdate(
  initial: string,
  path: string,
  options: StepOptions = {},
): Promise<readonly ListedContribution[]> {
  const [first, key] = [await readKeyFile(initial), await readKeyFile(path)];
  requireSame(first, key);
  const { records } = key.contributions;
  if (records.length === 0) throw new ProverError({ code: "CONTRIBUTION_MISSING" });
  requireOrder(records);
  requireCommittedKey(await readCommittedVerifyingKey(path));
  checkAborted(options.signal);
  options.onProgress?.("verify contributions");
  const hashes = await requireChain(first, records, options);
  for (const id of [ZKEY_SECTION.c, ZKEY_SECTION.h, COMMITTED_SECTION.knowledge]) {
    if (!(await areOnCurve(sectionOf(key, id)))) throw mismatch(`a point of section ${id}`);
  }
  checkAborted(options.signal);
  options.onProgress?.("verify points");
  await withSharedCurve((curve) => requireRatios(curve, first, key, records.at(-1)));
  return records.map((record, i) => listed(record, hashes[i] ?? "0x"));
}

/**
 * Checks that a key follows from `current`, one that was verified, by exactly one contribution with a secret under `name`.
 *
 * @throws {ProverError} those of `verifyCommittedUpdate`.
 */
export async function verifyNextCommitted(
  keys: { readonly initial: string; readonly current: string; readonly next: string },
  name: string,
): Promise<ListedContribution> {
  const [current, next] = [await readKeyFile(keys.current), await readKeyFile(keys.next)];
  const [before, after] = [current.contributions.records, next.contributions.records];
  requireOneMore(before, after, name, encodeRecord);
  const contributions = await verifyCommittedUpdate(keys.initial, keys.next);
  const last = contributions.at(-1);
  if (last === undefined) throw new ProverError({ code: "CONTRIBUTION_MISSING" });
  return last;
}

function requireSame(first: CommittedKeyFile, key: CommittedKeyFile): void {
  for (const id of FIXED_SECTIONS) {
    if (Buffer.compare(sectionOf(first, id), sectionOf(key, id)) !== 0)
      throw mismatch(`section ${id}`);
  }
  const fixed = ({ header }: CommittedKeyFile): string => {
    const { wires, publicSignals, domainSize, points } = header;
    const { alpha1, beta1, beta2, gamma2 } = points;
    const bytes = [alpha1, beta1, beta2, gamma2].map((it) => Buffer.from(it).toString("hex"));
    return [wires, publicSignals, domainSize, ...bytes].join();
  };
  if (fixed(first) !== fixed(key)) throw mismatch("the header");
  const [one, two] = [first.contributions, key.contributions];
  if (one.records.length > 0) throw mismatch("the initial key");
  if (Buffer.compare(one.circuitHash, two.circuitHash) !== 0) throw mismatch("the circuit's hash");
}

/** The hash after each record, all of which know their factors of what was before them. */
async function requireChain(
  first: CommittedKeyFile,
  records: readonly CommittedRecord[],
  options: StepOptions,
): Promise<readonly Hex[]> {
  const points = openCurvePoints(await loadCurveCode());
  const hashes: Hex[] = [];
  let before = {
    hash: committedStart(first.contributions.circuitHash, first.header.groups),
    delta: first.header.points.delta1,
    sigma: sectionOf(first, COMMITTED_SECTION.sigma),
  };
  for (const [index, record] of records.entries()) {
    const fault = await faultOf(points, before, record, options);
    if (fault !== undefined)
      throw new ProverError({ code: "CONTRIBUTION_INVALID", number: index + 1, reason: fault });
    before = { ...record, hash: hashRecord(before.hash, record) };
    hashes.push(before.hash);
  }
  return hashes;
}

async function faultOf(
  points: CurvePoints,
  before: Parameters<typeof makeRecord>[1],
  record: CommittedRecord,
  options: StepOptions,
): Promise<string | undefined> {
  const { name, beacon, delta, sigma, deltaProof, sigmaProof } = record;
  if (beacon !== undefined) {
    const author = beaconAuthor(name, beacon, options);
    const { record: expected } = await makeRecord(points, before, author);
    const isBeacon = Buffer.compare(encodeRecord(expected), encodeRecord(record)) === 0;
    return isBeacon ? undefined : "it is not what its beacon gives";
  }
  const context = recordContext(before.hash, record);
  const isKnown =
    verifyLog(points, { group: "g1m", base: before.delta, point: delta, context }, deltaProof) &&
    verifyLog(points, { group: "g2m", base: before.sigma, point: sigma, context }, sigmaProof);
  return isKnown ? undefined : "it does not prove knowledge of its secrets, here and by this name";
}

async function requireRatios(
  curve: Curve,
  first: CommittedKeyFile,
  key: CommittedKeyFile,
  last: CommittedRecord | undefined,
): Promise<void> {
  const { G1, G2 } = curve;
  const { delta1, delta2 } = key.header.points;
  const sigma = sectionOf(key, COMMITTED_SECTION.sigma);
  if (last === undefined || Buffer.compare(last.delta, delta1) !== 0) throw mismatch("delta");
  if (Buffer.compare(last.sigma, sigma) !== 0) throw mismatch("sigma");
  const holds = async (
    part: string,
    left: Uint8Array,
    leftOf: Uint8Array,
    points: Uint8Array,
    of: Uint8Array,
  ): Promise<void> => {
    if (!(await isRatio(curve, { left, leftOf, right: [{ points, of }] }))) throw mismatch(part);
  };
  await holds("delta in G2", delta1, G2.gAffine, G1.gAffine, delta2);
  for (const id of [ZKEY_SECTION.c, ZKEY_SECTION.h]) {
    const [own, before] = [sectionOf(key, id), sectionOf(first, id)];
    await holds(`section ${id}`, own, delta2, before, first.header.points.delta2);
  }
  const { groups } = key.header;
  const bases = sectionOf(key, COMMITTED_SECTION.bases).subarray(groups.weights * G1.gAffine.length); // prettier-ignore
  const knowledge = sectionOf(key, COMMITTED_SECTION.knowledge);
  await holds("the advice's bases times sigma", knowledge, G2.gAffine, bases, sigma);
}

function mismatch(part: string): ProverError {
  return new ProverError({ code: "SETUP_MISMATCH", part });
}
