import { AbiCoder, id, keccak256 } from "ethers";

/** Who vouches for documents, and by what terms: all that its id is the hash of. */
export type RegistrarQuorum = {
  /** Addresses, ascending; 16 at most. */
  readonly members: readonly string[];
  /** How many have to sign; more than half. */
  readonly threshold: number;
  /** Wei. */
  readonly disputeBond: bigint;
  /** Seconds. */
  readonly disputeWindow: number;
};

const TAG = id("vouch.nitro.quorum.v1");

/** Returns the id of a quorum, as `NitroRegistrars.declare` gives it. */
export function registrarQuorumId(quorum: RegistrarQuorum): string {
  const { members, threshold, disputeBond, disputeWindow } = quorum;
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ["bytes32", "address[]", "uint8", "uint128", "uint40"],
      [TAG, members, threshold, disputeBond, disputeWindow],
    ),
  );
}
