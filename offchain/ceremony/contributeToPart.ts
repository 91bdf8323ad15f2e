import {
  applyBeacon,
  applyCommittedBeacon,
  applyLinkBeacon,
  committedRecordBytes,
  contribute,
  contributeCommitted,
  contributeLink,
} from "@vouch/prover";
import type { BeaconOptions, Contributed, ContributeOptions, LinkedKeys } from "@vouch/prover";
import type { CeremonyPart } from "./parts.ts";

/** Where the files of a part are: the current one, the next, and, by their places, keys for the bases of a link. */
export type PartFiles = {
  readonly from: string;
  readonly to: string;
  readonly key: (index: number) => string;
};

/**
 * Writes the next file of a part by a contribution of this machine.
 *
 * @throws {ProverError} as `contribute`, `contributeCommitted`, `contributeLink`.
 */
export async function contributeToPart(
  part: CeremonyPart,
  { from, to, key }: PartFiles,
  options: ContributeOptions,
): Promise<Contributed> {
  switch (part.kind) {
    case "plain":
      return contribute(from, to, options);
    case "committed":
      return contributeCommitted(from, to, options);
    case "link":
      return contributeLink(linkedKeys(part, key), from, to, options);
  }
}

/**
 * Writes the last file of a part by a beacon.
 *
 * @throws {ProverError} as `applyBeacon`, `applyCommittedBeacon`, `applyLinkBeacon`.
 */
export async function applyBeaconToPart(
  part: CeremonyPart,
  { from, to, key }: PartFiles,
  options: BeaconOptions,
): Promise<Contributed> {
  switch (part.kind) {
    case "plain":
      return applyBeacon(from, to, options);
    case "committed":
      return applyCommittedBeacon(from, to, options);
    case "link":
      return applyLinkBeacon(linkedKeys(part, key), from, to, options);
  }
}

/** The keys of a link, whose bases are those of round 0 in every round. */
export function linkedKeys(
  { inference, weights }: Extract<CeremonyPart, { kind: "link" }>,
  key: (index: number) => string,
): LinkedKeys {
  return { inference: { zkey: key(inference) }, weights: { zkey: key(weights) } };
}

/** What the record of a plain contribution takes: points, challenge, and at most 64 bytes of name. */
const PLAIN_RECORD = { least: 392, most: 392 + 2 + 64 } as const;

/** Fewest and most bytes by which one contribution makes a part's file longer. */
export function recordBytes({ kind }: CeremonyPart): {
  readonly least: number;
  readonly most: number;
} {
  if (kind === "plain") return PLAIN_RECORD;
  return committedRecordBytes(kind === "link" ? "link" : "key");
}
