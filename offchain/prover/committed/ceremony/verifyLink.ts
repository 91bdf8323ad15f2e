import { requireLinkKey } from "@vouch/protocol";
import type { CommittedKey, Hex } from "@vouch/protocol";
import type { Curve } from "ffjavascript";
import type { CurvePoints } from "../../ceremony/curvePoints.ts";
import { openCurvePoints } from "../../ceremony/curvePoints.ts";
import { withSharedCurve } from "../../curve.ts";
import { ProverError } from "../../errors.ts";
import type { StepOptions } from "../../progress.ts";
import { loadCurveCode } from "../../setup/curveCode.ts";
import { G1_BYTES, G2_BYTES } from "../../zkeyFile.ts";
import type { LinkFile } from "../linkFile.ts";
import { linkKeyOf } from "../linkFile.ts";
import type { LinkedBases } from "../linkPoints.ts";
import type { LinkedKeys } from "../linkSetup.ts";
import { linkedBases } from "../linkSetup.ts";
import { beaconAuthor } from "./author.ts";
import { requireOneMore, requireOrder } from "./contributionOrder.ts";
import { makeLinkRecord, readLinkCeremony, readLinkStart } from "./linkCeremony.ts";
import type { LinkRecord } from "./linkRecord.ts";
import { encodeLinkRecord, hashLinkRecord, linkContext } from "./linkRecord.ts";
import type { ListedContribution } from "./listedContribution.ts";
import { listed } from "./listedContribution.ts";
import { verifyLog } from "./logProof.ts";
import { areOnCurve, isRatio } from "./pointChecks.ts";

/**
 * Checks a link of a ceremony against keys whose bases are known to be right: every contribution's proofs of knowledge upon
 * the one before, a beacon made again and the last, that the secrets are their sum, and every point against the bases.
 *
 * @returns the contributions in their order
 * @throws {ProverError} `CONTRIBUTION_INVALID` naming the first, `SETUP_MISMATCH` naming what differs,
 * `CONTRIBUTION_MISSING`, `LINK_INVALID`.
 */
export async function verifyLink(
  keys: LinkedKeys,
  path: string,
  options: StepOptions = {},
): Promise<readonly ListedContribution[]> {
  const { file, records } = await readLinkCeremony(path);
  if (records.length === 0) throw new ProverError({ code: "CONTRIBUTION_MISSING" });
  requireOrder(records);
  options.onProgress?.("verify contributions to the link");
  const bases = await linkedBases(keys);
  const hashes = await requireChain(await readLinkStart(keys), records, file, options);
  if (file.points.length !== bases.inference.length + G1_BYTES || !(await areOnCurve(file.points)))
    throw mismatch("a point of the link");
  await withSharedCurve((curve) => requireRatios(curve, file, bases));
  return records.map((record, i) => listed(record, hashes[i] ?? "0x"));
}

/**
 * Checks that a link follows from `current`, one that was verified, by exactly one contribution with a secret under `name`.
 *
 * @throws {ProverError} those of `verifyLink`.
 */
export async function verifyNextLink(
  keys: LinkedKeys,
  files: { readonly current: string; readonly next: string },
  name: string,
): Promise<ListedContribution> {
  const before = (await readLinkCeremony(files.current)).records;
  const after = (await readLinkCeremony(files.next)).records;
  requireOneMore(before, after, name, encodeLinkRecord);
  const last = (await verifyLink(keys, files.next)).at(-1);
  if (last === undefined) throw new ProverError({ code: "CONTRIBUTION_MISSING" });
  return last;
}

/**
 * Demands that nobody can forge under a link and the final keys that it is between.
 *
 * @throws {ProtocolError} `KEY_INVALID`; {ProverError} `LINK_INVALID`.
 */
export async function requireSoundLink(
  path: string,
  keys: Record<"inference" | "weights", CommittedKey>,
): Promise<void> {
  requireLinkKey(linkKeyOf((await readLinkCeremony(path)).file), keys);
}

/** The hash after each record; the sum of all is the file's. */
async function requireChain(
  start: Hex,
  records: readonly LinkRecord[],
  { secrets2 }: LinkFile,
  options: StepOptions,
): Promise<readonly Hex[]> {
  const code = await loadCurveCode();
  const points = openCurvePoints(code);
  const hashes: Hex[] = [];
  let sums: readonly Uint8Array[] = [new Uint8Array(G2_BYTES), new Uint8Array(G2_BYTES)];
  for (const [index, record] of records.entries()) {
    const before = hashes.at(-1) ?? start;
    const fault = await faultOf(points, code.generators.g2m, before, record, options);
    if (fault !== undefined)
      throw new ProverError({ code: "CONTRIBUTION_INVALID", number: index + 1, reason: fault });
    const added = [record.inference, record.weights] as const;
    sums = added.map((it, i) => points.add("g2m", sums[i] ?? new Uint8Array(G2_BYTES), it));
    hashes.push(hashLinkRecord(before, record));
  }
  if (Buffer.compare(Buffer.concat(sums), secrets2) !== 0) throw mismatch("the link's secrets");
  return hashes;
}

async function faultOf(
  points: CurvePoints,
  generator: Uint8Array,
  before: Hex,
  record: LinkRecord,
  options: StepOptions,
): Promise<string | undefined> {
  const { name, beacon, inference, weights, inferenceProof, weightsProof } = record;
  if (beacon !== undefined) {
    const author = beaconAuthor(name, beacon, options);
    const { record: expected } = await makeLinkRecord(points, generator, before, author);
    const isBeacon = Buffer.compare(encodeLinkRecord(expected), encodeLinkRecord(record)) === 0;
    return isBeacon ? undefined : "it is not what its beacon gives";
  }
  const claim = { group: "g2m", base: generator, context: linkContext(before, record) } as const;
  const isKnown =
    verifyLog(points, { ...claim, point: inference }, inferenceProof) &&
    verifyLog(points, { ...claim, point: weights }, weightsProof);
  return isKnown ? undefined : "it does not prove knowledge of its secrets, here and by this name";
}

async function requireRatios(
  curve: Curve,
  { points, secrets2 }: LinkFile,
  { inference, weights }: LinkedBases,
): Promise<void> {
  const [k1, k2] = [secrets2.subarray(0, G2_BYTES), secrets2.subarray(G2_BYTES)];
  const split = inference.length - G1_BYTES; // the blind is the last
  const last = points.length - G1_BYTES;
  const lists = [
    {
      left: points.subarray(0, split),
      right: [
        { points: inference.subarray(0, split), of: k1 },
        { points: weights.subarray(0, split), of: k2 },
      ],
    },
    { left: points.subarray(split, last), right: [{ points: inference.subarray(split), of: k1 }] },
    { left: points.subarray(last), right: [{ points: weights.subarray(split), of: k2 }] },
  ];
  for (const list of lists) {
    if (!(await isRatio(curve, { ...list, leftOf: curve.G2.gAffine })))
      throw mismatch("a point of the link");
  }
}

function mismatch(part: string): ProverError {
  return new ProverError({ code: "SETUP_MISMATCH", part });
}
