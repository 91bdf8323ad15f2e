import type { TypedDataDomain } from "ethers";
import { id } from "ethers";
import type { Hex } from "./hex.ts";
import { hashOfHex, parseAddress, wordToHex } from "./hex.ts";
import type { Domain } from "./statement.ts";

const DOMAIN_TYPE_HASH = id(
  "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
) as Hex;
const NAME = "Vouch";
const VERSION = "1";

/** Returns the EIP-712 domain of statements and of batches of them, as wallets take it. */
export function typedDataDomain({ chainId, router }: Domain): TypedDataDomain {
  return { name: NAME, version: VERSION, chainId, verifyingContract: router };
}

/**
 * Returns the separator of that domain.
 *
 * @throws {ProtocolError} `HEX_INVALID` for a router that is not 20 bytes.
 */
export function domainSeparator({ chainId, router }: Domain): Hex {
  const words = [DOMAIN_TYPE_HASH, id(NAME) as Hex, id(VERSION) as Hex, wordToHex(chainId)];
  return hashOfHex([...words, addressWord(router)]);
}

/** Returns what is signed of a struct in a domain. */
export function typedDataDigest(separator: Hex, structHash: Hex): Hex {
  return hashOfHex(["0x1901", separator, structHash]);
}

/**
 * Returns an address as the ABI encodes it, in 32 bytes.
 *
 * @throws {ProtocolError} `HEX_INVALID` unless it is 20 bytes.
 */
export function addressWord(address: Hex): Hex {
  return `0x${"00".repeat(12)}${parseAddress(address).slice(2)}`;
}
