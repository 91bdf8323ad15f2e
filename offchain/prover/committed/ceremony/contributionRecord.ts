import type { Hex } from "@vouch/protocol";
import { contentId } from "@vouch/protocol";
import { ProverError } from "../../errors.ts";
import { G1_BYTES, G2_BYTES } from "../../zkeyFile.ts";
import type { LogProof } from "./logProof.ts";
import { decodeNamedParts, encodeNamedParts } from "./namedParts.ts";

/** One contribution to a commit-and-prove key: what it made of delta and sigma, and that its maker knew by how much. */
export type CommittedRecord = {
  readonly name: string;
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
const PARTS = [G1_BYTES, G2_BYTES, G1_BYTES, 32, G2_BYTES, 32];

/** The section: the circuit's hash, u32 count, then each record. */
export function encodeContributions({ circuitHash, records }: CommittedContributions): Uint8Array {
  const count = Buffer.alloc(4);
  count.writeUInt32LE(records.length);
  return Buffer.concat([circuitHash, count, ...records.map(encodeRecord)]);
}

/**
 * Reads section 10.
 *
 * @param file what it is of, for an error
 * @throws {ProverError} `ZKEY_INVALID`.
 */
export function decodeContributions(section: Uint8Array, file: string): CommittedContributions {
  const bytes = Buffer.from(section);
  const records = decodeNamedParts(bytes.subarray(CIRCUIT_HASH_BYTES), PARTS)?.map(
    ({ name, parts }): CommittedRecord => {
      const [delta, sigma, one, two, three, four] = parts as [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]; // prettier-ignore
      return {
        ...{ name, delta, sigma },
        deltaProof: { nonce: one, response: two },
        sigmaProof: { nonce: three, response: four },
      };
    },
  );
  if (records === undefined) {
    const reason = "section 10 is no list of contributions";
    throw new ProverError({ code: "ZKEY_INVALID", file, reason });
  }
  return { circuitHash: bytes.subarray(0, CIRCUIT_HASH_BYTES), records };
}

/** Hash after a record: `keccak256("vouch.contribution.committed.v1" ‖ hash before ‖ record)`. */
export function hashRecord(before: Hex, record: CommittedRecord): Hex {
  return contentId(
    Buffer.concat([
      Buffer.from("vouch.contribution.committed.v1"),
      Buffer.from(before.slice(2), "hex"),
      encodeRecord(record),
    ]),
  );
}

/** What the proofs of a record's knowledge are for: whose they are, and what they stand upon. */
export function recordContext(before: Hex, name: string): Hex {
  return contentId(Buffer.from(`vouch.contribution.committed.context.v1 ${before} ${name}`));
}

function encodeRecord({ name, ...record }: CommittedRecord): Uint8Array {
  const { delta, sigma, deltaProof, sigmaProof } = record;
  const proofs = [deltaProof, sigmaProof].flatMap(({ nonce, response }) => [nonce, response]);
  return encodeNamedParts({ name, parts: [delta, sigma, ...proofs] }, PARTS);
}
