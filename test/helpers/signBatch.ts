import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { concat, id, keccak256 } from "ethers";
import type { Claim, Domain, Evidence } from "./vouchScenario.ts";
import { SIGNATURE, digestOf } from "./vouchScenario.ts";

/** A node over two others, in sorted order. */
export const nodeOf = (a: string, b: string): string =>
  keccak256(BigInt(a) < BigInt(b) ? concat([a, b]) : concat([b, a]));

/** Signs a root as a batch of statements in a router's domain. */
export async function signRoot(
  signer: HardhatEthersSigner,
  { chainId, router }: Domain,
  root: string,
): Promise<string> {
  const domain = { name: "Vouch", version: "1", chainId, verifyingContract: router };
  const types = { StatementBatch: [{ name: "root", type: "bytes32" }] };
  return signer.signTypedData(domain, types, { root });
}

/** Signs the statement of a claim in a batch of which nothing is known but so many siblings. */
export async function signBehind(
  signer: HardhatEthersSigner,
  domain: Domain,
  claim: Claim,
  siblings: number,
): Promise<Evidence> {
  const path = Array.from({ length: siblings }, (_, index) => id(`sibling ${index}`));
  const root = path.reduce(nodeOf, digestOf(domain, claim));
  return { kind: SIGNATURE, data: concat([await signRoot(signer, domain, root), ...path]) };
}

/** Signs the statements of claims together: a tree that grows by one leaf at each level, as lopsided as one can be. */
export async function signBatch(
  signer: HardhatEthersSigner,
  domain: Domain,
  claims: readonly Claim[],
): Promise<readonly Evidence[]> {
  const [first = "", ...rest] = claims.map((claim) => digestOf(domain, claim));
  const nodes = [first];
  for (const leaf of rest) nodes.push(nodeOf(nodes.at(-1) ?? first, leaf));
  const signed = await signRoot(signer, domain, nodes.at(-1) ?? first);
  return claims.map((_, i) => {
    const below = i === 0 ? [] : [nodes[i - 1] ?? first];
    return { kind: SIGNATURE, data: concat([signed, ...below, ...rest.slice(i)]) };
  });
}
