import type { Hex } from "@vouch/protocol";
import { contentId, hexToBytes } from "@vouch/protocol";
import type { BeaconValue } from "../../ceremony/contributionRecords.ts";
import { ProverError } from "../../errors.ts";
import { G2_BYTES } from "../../zkeyFile.ts";
import type { LogProof } from "./logProof.ts";
import { decodeRecords, encodeNamedParts, encodeRecords } from "./namedParts.ts";

/** One contribution to a link: what it added to k1·H and k2·H, and that its maker knew the logarithms. */
export type LinkRecord = {
  readonly name: string;
  readonly beacon?: BeaconValue;
  readonly inference: Uint8Array;
  readonly weights: Uint8Array;
  readonly inferenceProof: LogProof;
  readonly weightsProof: LogProof;
};

export const LINK_PARTS: readonly number[] = [
  ...[G2_BYTES, G2_BYTES],
  ...[G2_BYTES, 32, G2_BYTES, 32],
];

/** u32 count, then each record. */
export function encodeLinkRecords(records: readonly LinkRecord[]): Uint8Array {
  return encodeRecords(records.map(encodeLinkRecord));
}

/** @throws {ProverError} `LINK_INVALID`. */
export function decodeLinkRecords(bytes: Uint8Array, file: string): readonly LinkRecord[] {
  const records = decodeRecords(bytes, LINK_PARTS);
  if (records === undefined) {
    const reason = "its contributions are no list of them";
    throw new ProverError({ code: "LINK_INVALID", file, reason });
  }
  return records.map(({ parts, ...author }) => {
    const [inference, weights, one, two, three, four] = parts as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]; // prettier-ignore
    return {
      ...{ ...author, inference, weights },
      inferenceProof: { nonce: one, response: two },
      weightsProof: { nonce: three, response: four },
    };
  });
}

/** Bytes of a record, as its hash and the file have it. */
export function encodeLinkRecord({
  inferenceProof,
  weightsProof,
  ...record
}: LinkRecord): Uint8Array {
  const { inference, weights } = record;
  const proofs = [inferenceProof, weightsProof].flatMap(({ nonce, response }) => [nonce, response]);
  return encodeNamedParts({ ...record, parts: [inference, weights, ...proofs] }, LINK_PARTS);
}

/** Hash after a record: `keccak256("vouch.contribution.link.v1" ‖ hash before ‖ record)`. */
export function hashLinkRecord(before: Hex, record: LinkRecord): Hex {
  const tag = Buffer.from("vouch.contribution.link.v1");
  return contentId(Buffer.concat([tag, hexToBytes(before), encodeLinkRecord(record)]));
}

/** What the proofs of a record's knowledge are for. */
export function linkContext(
  before: Hex,
  { name, beacon }: Pick<LinkRecord, "name" | "beacon">,
): Hex {
  const author = JSON.stringify([name, beacon?.hash ?? "", beacon?.iterationsExponent ?? 0]);
  return contentId(Buffer.from(`vouch.contribution.link.context.v1 ${before} ${author}`));
}

/** `keccak256("vouch.ceremony.link.v1" ‖ start of the inference circuit's key ‖ that of the weights circuit's)`. */
export function linkStart(inference: Hex, weights: Hex): Hex {
  const tag = Buffer.from("vouch.ceremony.link.v1");
  return contentId(Buffer.concat([tag, hexToBytes(inference), hexToBytes(weights)]));
}
