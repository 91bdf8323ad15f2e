import { createHash, randomBytes } from "node:crypto";
import type { Hex } from "@vouch/protocol";
import { SCALAR_FIELD } from "@vouch/protocol";
import { withSharedCurve } from "../../curve.ts";
import { openCurvePoints } from "../../ceremony/curvePoints.ts";
import { ProverError } from "../../errors.ts";
import type { Contribution } from "../../setup/ceremonySetup.ts";
import { loadCurveCode } from "../../setup/curveCode.ts";
import { littleEndian, ZKEY_SECTION } from "../../zkeyFile.ts";
import { COMMITTED_SECTION } from "../keyFile.ts";
import type { CommittedRecord } from "./contributionRecord.ts";
import { encodeContributions, hashRecord, recordContext } from "./contributionRecord.ts";
import { contributionName } from "./namedParts.ts";
import type { CommittedKeyFile } from "./keySections.ts";
import { readKeyFile, sectionOf, writeKeyFile } from "./keySections.ts";
import { proveLog, times } from "./logProof.ts";
import { areOnCurve } from "./pointChecks.ts";

/**
 * Contributes to a commit-and-prove key: multiplies delta and sigma by secrets of its own, and forgets them.
 *
 * @param before hash that this contribution stands upon: that of the one before it, or the ceremony's start
 * @param to where the next key goes; nothing is there yet
 * @returns the contribution's hash
 * @throws {ProverError} `ZKEY_INVALID`.
 */
export async function contributeCommitted(
  from: string,
  to: string,
  before: Hex,
  { name: given, entropy }: Contribution,
): Promise<Hex> {
  const key = await readKeyFile(from);
  await requirePoints(key);
  const name = contributionName(given);
  const context = recordContext(before, name);
  const [d, s] = [drawSecret(entropy), drawSecret(entropy)];
  return withSharedCurve(async (curve) => {
    const { G1, G2, Fr } = curve;
    const scaled = (points: Uint8Array, by: Uint8Array): Promise<Uint8Array> =>
      G1.batchApplyKey(points, by, Fr.one, "affine", "affine");
    const inverse = Fr.inv(Fr.fromRprLE(littleEndian(d), 0));
    const { delta1, delta2 } = key.header.points;
    const sigma = sectionOf(key, COMMITTED_SECTION.sigma);
    const delta = { delta1: times(curve, G1, delta1, d), delta2: times(curve, G2, delta2, d) };
    const nextSigma = times(curve, G2, sigma, s);
    const record: CommittedRecord = {
      ...{ name, delta: delta.delta1, sigma: nextSigma },
      deltaProof: proveLog(curve, G1, { base: delta1, point: delta.delta1, context }, d),
      sigmaProof: proveLog(curve, G2, { base: sigma, point: nextSigma, context }, s),
    };
    const { circuitHash, records } = key.contributions;
    const changed = new Map([
      [ZKEY_SECTION.c, await scaled(sectionOf(key, ZKEY_SECTION.c), inverse)],
      [ZKEY_SECTION.h, await scaled(sectionOf(key, ZKEY_SECTION.h), inverse)],
      [
        COMMITTED_SECTION.knowledge,
        await scaled(sectionOf(key, COMMITTED_SECTION.knowledge), Fr.fromRprLE(littleEndian(s), 0)),
      ],
      [COMMITTED_SECTION.sigma, nextSigma],
      [
        ZKEY_SECTION.contributions,
        encodeContributions({ circuitHash, records: [...records, record] }),
      ],
    ] satisfies [number, Uint8Array][]);
    await writeKeyFile(key, to, changed, delta);
    return hashRecord(before, record);
  });
}

/**
 * A multiple of what is no point of its group would tell the secret to whoever made the key.
 *
 * @throws {ProverError} `ZKEY_INVALID`.
 */
async function requirePoints(key: CommittedKeyFile): Promise<void> {
  const { isElement } = openCurvePoints(await loadCurveCode());
  const { delta1, delta2 } = key.header.points;
  const areElements =
    isElement("g1m", delta1) &&
    isElement("g2m", delta2) &&
    isElement("g2m", sectionOf(key, COMMITTED_SECTION.sigma));
  const lists = [ZKEY_SECTION.c, ZKEY_SECTION.h, COMMITTED_SECTION.knowledge];
  const areLists = await Promise.all(lists.map((id) => areOnCurve(sectionOf(key, id))));
  if (areElements && areLists.every((it) => it)) return;
  const reason = "a point that a contribution multiplies is none of its group";
  throw new ProverError({ code: "ZKEY_INVALID", file: key.path, reason });
}

/** Uniform in the field but for less than 2^-250; what somebody typed is mixed with the system's randomness, which suffices alone. */
export function drawSecret(entropy = ""): bigint {
  const hash = createHash("sha512").update(randomBytes(64)).update(entropy).digest("hex");
  return (BigInt(`0x${hash}`) % (SCALAR_FIELD - 2n)) + 2n; // neither 0 nor 1
}
