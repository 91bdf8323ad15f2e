import { contentId } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import type { PowersOrigin } from "../../ceremony/ceremonyDocument.ts";
import type { BeaconValue } from "../../ceremony/contributionRecords.ts";
import type { CommittedGroups } from "../keyFile.ts";

/** What a key of commit-and-prove rests on. */
export type DocumentedKey = {
  /** Hash of the r1cs file. */
  readonly r1cs: Hex;
  readonly groups: CommittedGroups;
  /** blake2b-512 of what phase 1 made of the circuit, hex. */
  readonly circuit: string;
  /** sha256 of the final key's file, hex. */
  readonly key: string;
};

/**
 * All that the set-up of a commit-and-prove circuit rests on: its key and, where weights are private, the key of their own
 * circuit and the link. Everybody who has r1cs files, powers of tau and final files derives it again, byte for byte; its hash
 * is the transcript that the circuit is registered with.
 */
export type CommittedCeremonyDocument = {
  readonly format: typeof COMMITTED_CEREMONY_FORMAT;
  readonly system: "committedGroth16";
  readonly powers: { readonly origin: PowersOrigin; readonly blake2b: string };
  readonly inference: DocumentedKey;
  /** Null where the weights are constants of the circuit; so is all of the link. */
  readonly weights: DocumentedKey | null;
  /** sha256 of the link's file, hex. */
  readonly link: string | null;
  /** In order; a beacon is the last one. Each is one contribution to every file, and has a hash in each. */
  readonly contributions: readonly {
    readonly name: string;
    readonly inference: Hex;
    readonly weights: Hex | null;
    readonly link: Hex | null;
    readonly beacon?: BeaconValue;
  }[];
};

export const COMMITTED_CEREMONY_FORMAT = "vouch.setup.ceremony.committed.v1" as const;

/** The document's one encoding: JSON with its members in the order of the type, no white space, and lower-case hex. */
export function encodeCommittedDocument(document: CommittedCeremonyDocument): string {
  const { format, system, powers, inference, weights, link, contributions } = document;
  return JSON.stringify({
    format,
    system,
    powers: { origin: powers.origin, blake2b: powers.blake2b },
    inference: ordered(inference),
    weights: weights === null ? null : ordered(weights),
    link,
    contributions: contributions.map(({ beacon, ...it }) => ({
      ...{ name: it.name, inference: it.inference, weights: it.weights, link: it.link },
      ...(beacon === undefined
        ? {}
        : { beacon: { hash: beacon.hash, iterationsExponent: beacon.iterationsExponent } }),
    })),
  });
}

/** `keccak256` of the encoded document, UTF-8. Its `format` separates it from every other hash of ours. */
export function committedDocumentHash(document: CommittedCeremonyDocument): Hex {
  return contentId(Buffer.from(encodeCommittedDocument(document), "utf8"));
}

function ordered({ r1cs, groups, circuit, key }: DocumentedKey): DocumentedKey {
  return { r1cs, groups: { weights: groups.weights, advice: groups.advice }, circuit, key };
}
