import type { Hex } from "@vouch/protocol";
import { contentId, hexToBytes } from "@vouch/protocol";
import type { BeaconValue } from "../../ceremony/contributionRecords.ts";
import { ProverError } from "../../errors.ts";
import { G1_BYTES, G2_BYTES } from "../../zkeyFile.ts";
import type { CommittedGroups } from "../keyFile.ts";
import type { LogProof } from "./logProof.ts";
import { decodeRecords, encodeNamedParts, encodeRecords } from "./namedParts.ts";

/** One contribution to a commit-and-prove key: what it made of delta and sigma, and that its maker knew by how much. */
export type CommittedRecord = {
  readonly name: string;
  readonly beacon?: BeaconValue;
  /** delta times the generator of G1, and sigma times that of G2, after it. */
  readonly delta: Uint8Array;
  readonly sigma: Uint8Array;
  readonly deltaProof: LogProof;
  readonly sigmaProof: LogProof;
};

/** Section 10 of a commit-and-prove key: what phase 1 made of the circuit, and the contributions since. */
export type CommittedContributions = {
  /** 64 bytes, as snarkjs computes it; zeros in a development set-up. */
  readonly circuitHash: Uint8Array;
  readonly records: readonly CommittedRecord[];
};

const CIRCUIT_HASH_BYTES = 64;
export const COMMITTED_PARTS: readonly number[] = [
  ...[G1_BYTES, G2_BYTES],
  ...[G1_BYTES, 32, G2_BYTES, 32],
];

/** The section: the circuit's hash, u32 count, then each record. */
export function encodeContributions({ circuitHash, records }: CommittedContributions): Uint8Array {
  return Buffer.concat([circuitHash, encodeRecords(records.map(encodeRecord))]);
}

/**
 * Reads section 10, of which there is one encoding only.
 *
 * @param file what it is of, for an error
 * @throws {ProverError} `ZKEY_INVALID`.
 */
export function decodeContributions(section: Uint8Array, file: string): CommittedContributions {
  const records = decodeRecords(section.subarray(CIRCUIT_HASH_BYTES), COMMITTED_PARTS);
  if (records === undefined) {
    const reason = "section 10 is no list of contributions";
    throw new ProverError({ code: "ZKEY_INVALID", file, reason });
  }
  return {
    circuitHash: section.slice(0, CIRCUIT_HASH_BYTES),
    records: records.map(({ parts, ...author }) => {
      const [delta, sigma, one, two, three, four] = parts as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]; // prettier-ignore
      return {
        ...{ ...author, delta, sigma },
        deltaProof: { nonce: one, response: two },
        sigmaProof: { nonce: three, response: four },
      };
    }),
  };
}

/** Bytes of a record, as its hash and the file have it. */
export function encodeRecord({ deltaProof, sigmaProof, ...record }: CommittedRecord): Uint8Array {
  const { delta, sigma } = record;
  const proofs = [deltaProof, sigmaProof].flatMap(({ nonce, response }) => [nonce, response]);
  return encodeNamedParts({ ...record, parts: [delta, sigma, ...proofs] }, COMMITTED_PARTS);
}

/** Hash after a record: `keccak256("vouch.contribution.committed.v1" ‖ hash before ‖ record)`. */
export function hashRecord(before: Hex, record: CommittedRecord): Hex {
  const tag = Buffer.from("vouch.contribution.committed.v1");
  return contentId(Buffer.concat([tag, hexToBytes(before), encodeRecord(record)]));
}

/** What the proofs of a record's knowledge are for: whose they are, and what they stand upon. */
export function recordContext(
  before: Hex,
  { name, beacon }: Pick<CommittedRecord, "name" | "beacon">,
): Hex {
  const author = JSON.stringify([name, beacon?.hash ?? "", beacon?.iterationsExponent ?? 0]);
  return contentId(Buffer.from(`vouch.contribution.committed.context.v1 ${before} ${author}`));
}

/**
 * Hash that the first contribution stands upon: of what phase 1 made of the circuit, and of the groups. A key has both.
 */
export function committedStart(circuitHash: Uint8Array, { weights, advice }: CommittedGroups): Hex {
  const text = `vouch.ceremony.committed.v1 ${weights} ${advice} `;
  return contentId(Buffer.concat([Buffer.from(text), circuitHash]));
}
