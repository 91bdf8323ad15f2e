import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { Hex, ReleaseId } from "@vouch/protocol";
import { NATIVE_TOKEN } from "@vouch/protocol";
import { keepMembership } from "@vouch/worker";
import type { DutySite } from "./dutyDeps.ts";
import { dutyDeps } from "./dutyDeps.ts";

/** Whatever the stake allows, for any fee. */
const TERMS = { token: NATIVE_TOKEN, minFee: 0n, maxStake: 2n ** 80n - 1n, maxRounds: 64 } as const;

/** Makes an operator a member of a release's pools: that of panels which answer requests, and that of panels which decide disputes. */
export async function joinPanels(
  release: ReleaseId,
  signer: HardhatEthersSigner,
  site: Omit<DutySite, "inTurn">,
): Promise<void> {
  const deps = await dutyDeps(signer, site);
  const { panels } = deps.courts;
  if (panels === undefined) return;
  for (const contract of [deps.contracts.requests, panels.arbiter]) {
    const client = (await contract.getAddress()).toLowerCase() as Hex;
    const membership = { client, release, terms: TERMS };
    let step = await keepMembership(membership, deps);
    while (step.status === "sent") step = await keepMembership(membership, deps);
  }
}
