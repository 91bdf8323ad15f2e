import { hash } from "node:crypto";
import type { Deployment, Hex } from "@vouch/protocol";
import { parseDeployment } from "@vouch/protocol";

/** Chain id of the synthetic chain: none that Ponder or viem knows. */
export const CHAIN_ID = 31_388;
/** Block from which its contracts are there. */
export const FIRST_BLOCK = 1_000;

/** Returns 32 bytes that nothing else has: an id, a hash, or the seed of one. */
export function hash32(...parts: readonly (string | number)[]): Hex {
  return `0x${hash("sha256", parts.join("/"))}`;
}

const addresses = new Map<string, Hex>();

/** Returns the address of somebody. */
export function address(role: string, index: number | string = ""): Hex {
  const key = `${role}/${index}`;
  const known = addresses.get(key) ?? (hash32("address", key).slice(0, 42) as Hex);
  addresses.set(key, known);
  return known;
}

/** Returns the hash of a block, whose number comes first, so that it is found by the hash alone. */
export function blockHash(number: number): Hex {
  const place = number.toString(16).padStart(8, "0");
  return `0x${place}${hash32("block", number).slice(10)}`;
}

const NAMED = [
  "modelRegistry",
  "circuitRegistry",
  "stakeVault",
  "signatureEvidence",
  "enclaveAuthorities",
  "enclaveCollateral",
  "dcapVerifier",
  "simulatedAuthorities",
  "simulatedCollateral",
  "simulatedVerifier",
  "enclaveRegistry",
  "nitroRegistrars",
  "evidenceRouter",
  "inferenceRequests",
  "requestFunding",
  "receiptLedger",
  "policyQuotes",
] as const;

/** Where the contracts of the synthetic chain are. */
export const DEPLOYMENT: Deployment = parseDeployment({
  chainId: String(CHAIN_ID),
  fromBlock: FIRST_BLOCK,
  anchor: blockHash(FIRST_BLOCK),
  ...Object.fromEntries(NAMED.map((name) => [name, address("contract", name)])),
});

/** The contracts that a deployment's record does not name. */
export const DISPUTES: Hex = address("contract", "disputes");
export const QUORUM: Hex = address("contract", "quorum");
export const SCHEDULER: Hex = address("contract", "scheduler");
export const ARBITER: Hex = address("arbiter");
export const POOLS: Hex = address("contract", "pools");
