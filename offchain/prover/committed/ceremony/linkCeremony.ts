import type { Hex } from "@vouch/protocol";
import { contentId, hexToBytes, requireLinkKey } from "@vouch/protocol";
import { withSharedCurve } from "../../curve.ts";
import { ProverError } from "../../errors.ts";
import type { Contribution } from "../../setup/ceremonySetup.ts";
import { G1_BYTES, G2_BYTES, littleEndian } from "../../zkeyFile.ts";
import type { LinkFile } from "../linkFile.ts";
import { linkKeyOf } from "../linkFile.ts";
import { linkPoints } from "../linkPoints.ts";
import type { LinkedSetups } from "../linkSetup.ts";
import { linkedBases } from "../linkSetup.ts";
import { drawSecret } from "./contribute.ts";
import type { LogProof } from "./logProof.ts";
import { proveLog, times, verifyLog } from "./logProof.ts";
import { contributionName, decodeNamedParts, encodeNamedParts } from "./namedParts.ts";
import { areOnCurve, isRatio } from "./pointChecks.ts";

/** One contribution to a link: what it added to k1·H and k2·H, and that its maker knew the logarithms. */
export type LinkRecord = {
  readonly name: string;
  readonly inference: Uint8Array;
  readonly weights: Uint8Array;
  readonly inferenceProof: LogProof;
  readonly weightsProof: LogProof;
};

/** A link with all contributions to it; the first finds neither points nor secrets. */
export type LinkCeremony = { readonly file?: LinkFile; readonly records: readonly LinkRecord[] };

const PARTS = [G2_BYTES, G2_BYTES, G2_BYTES, 32, G2_BYTES, 32];

/**
 * Contributes to the link between two keys: adds `x1·K_i + x2·K'_i` to each of its points, for secrets of its own, and
 * forgets them. Sums of secrets need no ratio to what was before, so a contribution can be checked by the end alone.
 *
 * @throws {ProverError} `COMMITTED_INPUTS`, `ZKEY_INVALID`.
 */
export async function contributeLink(
  setups: LinkedSetups,
  { file, records }: LinkCeremony,
  { name: given, entropy }: Contribution,
): Promise<Required<LinkCeremony>> {
  const bases = await linkedBases(setups);
  // A multiple of what is no point of the curve would tell x1 or x2 to whoever made the keys.
  for (const side of ["inference", "weights"] as const) {
    if (await areOnCurve(bases[side])) continue;
    const reason = "a base of the weights is no point of the curve";
    throw new ProverError({ code: "ZKEY_INVALID", file: setups[side].zkey, reason });
  }
  const name = contributionName(given);
  const context = contextOf(records.reduce(hashLinkRecord, startHash(setups)), name);
  const [x1, x2] = [drawSecret(entropy), drawSecret(entropy)];
  return withSharedCurve(async (curve) => {
    const { G2, Fr } = curve;
    const secrets = [x1, x2].map((it) => Fr.fromRprLE(littleEndian(it), 0)) as [Uint8Array, Uint8Array]; // prettier-ignore
    const points = await linkPoints(curve, bases, secrets, file?.points);
    const added = [x1, x2].map((it) => times(curve, G2, G2.gAffine, it)) as [Uint8Array, Uint8Array]; // prettier-ignore
    const prove = (point: Uint8Array, secret: bigint): LogProof =>
      proveLog(curve, G2, { base: G2.gAffine, point, context }, secret);
    const record: LinkRecord = {
      name,
      inference: added[0],
      weights: added[1],
      inferenceProof: prove(added[0], x1),
      weightsProof: prove(added[1], x2),
    };
    const secrets2 =
      file === undefined
        ? Buffer.concat(added)
        : Buffer.concat(
            added.map((it, i) =>
              G2.toAffine(G2.add(it, file.secrets2.subarray(i * G2_BYTES, (i + 1) * G2_BYTES))),
            ),
          );
    return { file: { points, secrets2 }, records: [...records, record] };
  });
}

/**
 * Checks a link against the keys that it is between: every contribution's proofs of knowledge, that the secrets are their
 * sum, and every point against the bases.
 *
 * @returns its transcript: the hash of the last contribution
 * @throws {ProverError} `SETUP_MISMATCH` naming what differs, `CONTRIBUTION_MISSING`. {ProtocolError} `KEY_INVALID` where
 * anyone can forge under it.
 */
export async function verifyLinkSetup(
  setups: LinkedSetups,
  { file, records }: LinkCeremony,
): Promise<{ readonly transcript: Hex; readonly names: readonly string[] }> {
  if (file === undefined || records.length === 0)
    throw new ProverError({ code: "CONTRIBUTION_MISSING" });
  const bases = await linkedBases(setups);
  const { inference, weights } = setups;
  requireLinkKey(linkKeyOf(file), { inference: inference.key, weights: weights.key });
  if (file.points.length !== bases.inference.length + G1_BYTES || !(await areOnCurve(file.points)))
    throw mismatch("a point of the link");
  return withSharedCurve(async (curve) => {
    const { G2 } = curve;
    let hash = startHash(setups);
    const sums = [G2.zero, G2.zero];
    for (const record of records) {
      const context = contextOf(hash, record.name);
      const claims = [
        [record.inference, record.inferenceProof],
        [record.weights, record.weightsProof],
      ] as const;
      claims.forEach(([point, proof], i) => {
        if (!verifyLog(curve, G2, { base: G2.gAffine, point, context }, proof))
          throw mismatch(`the proof of knowledge of ${JSON.stringify(record.name)}`);
        sums[i] = G2.add(sums[i] ?? G2.zero, point);
      });
      hash = hashLinkRecord(hash, record);
    }
    if (Buffer.compare(Buffer.concat(sums.map((it) => G2.toAffine(it))), file.secrets2) !== 0)
      throw mismatch("the link's secrets");

    const [k1, k2] = [file.secrets2.subarray(0, G2_BYTES), file.secrets2.subarray(G2_BYTES)];
    const split = bases.inference.length - G1_BYTES; // the blind is the last
    const last = file.points.length - G1_BYTES;
    const lists = [
      {
        left: file.points.subarray(0, split),
        right: [
          { points: bases.inference.subarray(0, split), of: k1 },
          { points: bases.weights.subarray(0, split), of: k2 },
        ],
      },
      {
        left: file.points.subarray(split, last),
        right: [{ points: bases.inference.subarray(split), of: k1 }],
      },
      {
        left: file.points.subarray(last),
        right: [{ points: bases.weights.subarray(split), of: k2 }],
      },
    ];
    for (const list of lists) {
      if (!(await isRatio(curve, { ...list, leftOf: G2.gAffine })))
        throw mismatch("a point of the link");
    }
    return { transcript: hash, names: records.map(({ name }) => name) };
  });
}

/** u32 count, then each record. */
export function encodeLinkRecords(records: readonly LinkRecord[]): Uint8Array {
  const count = Buffer.alloc(4);
  count.writeUInt32LE(records.length);
  return Buffer.concat([count, ...records.map(encodeLinkRecord)]);
}

/** @throws {ProverError} `LINK_INVALID`. */
export function decodeLinkRecords(bytes: Uint8Array, file: string): readonly LinkRecord[] {
  const records = decodeNamedParts(Buffer.from(bytes), PARTS);
  if (records === undefined) {
    const reason = "it is no list of contributions";
    throw new ProverError({ code: "LINK_INVALID", file, reason });
  }
  return records.map(({ name, parts }) => {
    const [inference, weights, one, two, three, four] = parts as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]; // prettier-ignore
    return {
      ...{ name, inference, weights },
      inferenceProof: { nonce: one, response: two },
      weightsProof: { nonce: three, response: four },
    };
  });
}

function encodeLinkRecord({ name, ...record }: LinkRecord): Uint8Array {
  const { inference, weights, inferenceProof, weightsProof } = record;
  const proofs = [inferenceProof, weightsProof].flatMap(({ nonce, response }) => [nonce, response]);
  return encodeNamedParts({ name, parts: [inference, weights, ...proofs] }, PARTS);
}

/** `keccak256("vouch.ceremony.link.v1" ‖ transcript of the inference circuit ‖ that of the weights circuit)`. */
function startHash({ inference, weights }: LinkedSetups): Hex {
  const parts = [inference.transcript, weights.transcript].map(hexToBytes);
  return contentId(Buffer.concat([Buffer.from("vouch.ceremony.link.v1"), ...parts]));
}

function hashLinkRecord(before: Hex, record: LinkRecord): Hex {
  const tag = Buffer.from("vouch.contribution.link.v1");
  return contentId(Buffer.concat([tag, hexToBytes(before), encodeLinkRecord(record)]));
}

function contextOf(before: Hex, name: string): Hex {
  return contentId(Buffer.from(`vouch.contribution.link.context.v1 ${before} ${name}`));
}

function mismatch(part: string): ProverError {
  return new ProverError({ code: "SETUP_MISMATCH", part });
}
