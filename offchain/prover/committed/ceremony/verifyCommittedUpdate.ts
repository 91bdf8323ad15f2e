import type { Hex } from "@vouch/protocol";
import { requireCommittedKey } from "@vouch/protocol";
import type { Curve } from "ffjavascript";
import { withSharedCurve } from "../../curve.ts";
import { ProverError } from "../../errors.ts";
import { ZKEY_SECTION } from "../../zkeyFile.ts";
import { COMMITTED_SECTION, readCommittedVerifyingKey } from "../keyFile.ts";
import type { CommittedRecord } from "./contributionRecord.ts";
import { hashRecord, recordContext } from "./contributionRecord.ts";
import type { CommittedKeyFile } from "./keySections.ts";
import { FIXED_SECTIONS, readKeyFile, sectionOf } from "./keySections.ts";
import { verifyLog } from "./logProof.ts";
import { areOnCurve, isRatio } from "./pointChecks.ts";

/** What `verifyCommittedUpdate` found out. */
export type CommittedUpdate = {
  /** Names of the contributions that came to it, in their order. */
  readonly names: readonly string[];
  /** Hash of the last contribution; the start's where there is none. */
  readonly hash: Hex;
};

/**
 * Checks that one key came of another by contributions: every record's proofs of knowledge, that what no contribution may
 * change is the same, and that C and H went with 1/delta and the advice's second bases with sigma.
 *
 * @param start the ceremony's start hash, which the first record of both stands upon
 * @throws {ProverError} `SETUP_MISMATCH` naming the first part that differs, `ZKEY_INVALID`. {ProtocolError} `KEY_INVALID`
 * where anyone can forge under the later key.
 */
export async function verifyCommittedUpdate(
  before: string,
  after: string,
  start: Hex,
): Promise<CommittedUpdate> {
  const [old, next] = [await readKeyFile(before), await readKeyFile(after)];
  requireSame(old, next);
  requireCommittedKey(await readCommittedVerifyingKey(after));
  for (const id of [ZKEY_SECTION.c, ZKEY_SECTION.h, COMMITTED_SECTION.knowledge]) {
    if (!(await areOnCurve(sectionOf(next, id)))) throw mismatch(`a point of section ${id}`);
  }
  return withSharedCurve(async (curve) => {
    const { records } = next.contributions;
    const known = old.contributions.records;
    const base = known.reduce(hashRecord, start);
    const own = records.slice(known.length);
    const hash = requireChain(curve, old, own, base);
    await requireRatios(curve, old, next, own.at(-1));
    return { names: own.map(({ name }) => name), hash };
  });
}

function requireSame(old: CommittedKeyFile, next: CommittedKeyFile): void {
  for (const id of FIXED_SECTIONS) {
    if (Buffer.compare(sectionOf(old, id), sectionOf(next, id)) !== 0)
      throw mismatch(`section ${id}`);
  }
  const fixed = ({ header }: CommittedKeyFile): string => {
    const { wires, publicSignals, domainSize, points } = header;
    const { alpha1, beta1, beta2, gamma2 } = points;
    const bytes = [alpha1, beta1, beta2, gamma2].map((it) => Buffer.from(it).toString("hex"));
    return [wires, publicSignals, domainSize, ...bytes].join();
  };
  if (fixed(old) !== fixed(next)) throw mismatch("the header");
  const [one, two] = [old.contributions, next.contributions];
  const isPrefix = one.records.every((record, i) => {
    const other = two.records[i];
    return other !== undefined && hashRecord("0x", record) === hashRecord("0x", other);
  });
  if (!isPrefix || Buffer.compare(one.circuitHash, two.circuitHash) !== 0)
    throw mismatch("a contribution before it");
}

/** The hash after the records, each of which knows its factors of what was before it. */
function requireChain(
  curve: Curve,
  old: CommittedKeyFile,
  records: readonly CommittedRecord[],
  base: Hex,
): Hex {
  let hash = base;
  let delta = old.header.points.delta1;
  let sigma = sectionOf(old, COMMITTED_SECTION.sigma);
  for (const record of records) {
    const context = recordContext(hash, record.name);
    const { deltaProof, sigmaProof } = record;
    const isKnown =
      verifyLog(curve, curve.G1, { base: delta, point: record.delta, context }, deltaProof) &&
      verifyLog(curve, curve.G2, { base: sigma, point: record.sigma, context }, sigmaProof);
    if (!isKnown) throw mismatch(`the proof of knowledge of ${JSON.stringify(record.name)}`);
    ({ delta, sigma } = record);
    hash = hashRecord(hash, record);
  }
  return hash;
}

async function requireRatios(
  curve: Curve,
  old: CommittedKeyFile,
  next: CommittedKeyFile,
  last: CommittedRecord | undefined,
): Promise<void> {
  const { G1, G2 } = curve;
  const { delta1, delta2 } = next.header.points;
  const [sigma, oldSigma] = [next, old].map((it) => sectionOf(it, COMMITTED_SECTION.sigma)) as [Uint8Array, Uint8Array]; // prettier-ignore
  const endsAt = last ?? { delta: old.header.points.delta1, sigma: oldSigma };
  if (Buffer.compare(endsAt.delta, delta1) !== 0) throw mismatch("delta");
  if (Buffer.compare(endsAt.sigma, sigma) !== 0) throw mismatch("sigma");
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
    const [own, before] = [sectionOf(next, id), sectionOf(old, id)];
    await holds(`section ${id}`, own, delta2, before, old.header.points.delta2);
  }
  const { groups } = next.header;
  const bases = sectionOf(next, COMMITTED_SECTION.bases).subarray(groups.weights * G1.gAffine.length); // prettier-ignore
  const knowledge = sectionOf(next, COMMITTED_SECTION.knowledge);
  await holds("the advice's bases times sigma", knowledge, G2.gAffine, bases, sigma);
}

function mismatch(part: string): ProverError {
  return new ProverError({ code: "SETUP_MISMATCH", part });
}
