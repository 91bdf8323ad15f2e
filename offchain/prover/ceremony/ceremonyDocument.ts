import { contentId } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import type { BeaconValue } from "./contributionRecords.ts";

/** Where phase 1 comes from: a file that is pinned in `PTAU_PINS`, or one that a single party made. */
export type PowersOrigin = "public" | "development";

/**
 * All that a set-up from a ceremony rests on. Everybody who has the r1cs, the powers of tau and the final key derives it
 * again, byte for byte; its hash is the transcript that a circuit is registered with.
 */
export type CeremonyDocument = {
  readonly format: typeof CEREMONY_FORMAT;
  readonly system: "groth16";
  /** Hash of the r1cs file. */
  readonly r1cs: Hex;
  readonly powers: {
    readonly origin: PowersOrigin;
    /** Of the file, hex. */
    readonly blake2b: string;
  };
  /** blake2b-512 of the key before any contribution, hex. */
  readonly circuit: string;
  /** In order; a beacon is the last one. */
  readonly contributions: readonly {
    /** What its contributor called itself, or where a beacon's value is from; empty where the key has no name. */
    readonly name: string;
    /** blake2b-512, hex; what the contributor kept. */
    readonly hash: string;
    readonly beacon?: BeaconValue;
  }[];
  /** sha256 of the final key's file, hex. */
  readonly key: string;
};

export const CEREMONY_FORMAT = "vouch.setup.ceremony.v2" as const;

/** The document's one encoding: JSON with its members in the order of the type, no white space, and lower-case hex. */
export function encodeCeremonyDocument(document: CeremonyDocument): string {
  const { format, system, r1cs, powers, circuit, contributions, key } = document;
  return JSON.stringify({
    format,
    system,
    r1cs,
    powers: { origin: powers.origin, blake2b: powers.blake2b },
    circuit,
    contributions: contributions.map(({ name, hash, beacon }) => ({
      name,
      hash,
      ...(beacon === undefined
        ? {}
        : { beacon: { hash: beacon.hash, iterationsExponent: beacon.iterationsExponent } }),
    })),
    key,
  });
}

/** `keccak256` of the encoded document, UTF-8. Its `format` separates it from every other hash of ours. */
export function ceremonyDocumentHash(document: CeremonyDocument): Hex {
  return contentId(Buffer.from(encodeCeremonyDocument(document), "utf8"));
}
