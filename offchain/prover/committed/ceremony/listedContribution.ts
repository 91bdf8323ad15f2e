import type { Hex } from "@vouch/protocol";
import type { BeaconValue } from "../../ceremony/contributionRecords.ts";

/** A contribution to a file of commit-and-prove that holds. */
export type ListedContribution = {
  readonly name: string;
  readonly beacon?: BeaconValue;
  /** keccak256 of the record and all before it: what its contributor keeps. */
  readonly hash: Hex;
};

export function listed(
  { name, beacon }: Pick<ListedContribution, "name" | "beacon">,
  hash: Hex,
): ListedContribution {
  return { name, hash, ...(beacon === undefined ? {} : { beacon }) };
}
