import type { Hex } from "viem";
import { encodeAbiParameters, keccak256 } from "viem";

const ADDRESSES = [{ type: "address" }, { type: "address" }, { type: "address" }] as const;

/** Returns the id of the channel of a requester, an operator and a token; equals `toChannelId` of `contracts/types/Voucher.sol`. */
export function channelId(requester: Hex, operator: Hex, token: Hex): Hex {
  return keccak256(encodeAbiParameters(ADDRESSES, [requester, operator, token]));
}
