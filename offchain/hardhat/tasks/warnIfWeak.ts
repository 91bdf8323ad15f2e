import type { Policy } from "@vouch/protocol";
import type { FetchedRelease, StakeTerms } from "@vouch/sdk";
import { advise } from "@vouch/sdk";
import type { Chain } from "./openChain.ts";

/** Says, in words, that a policy is weaker than what is at stake, with what would do; nothing where it is strong enough. */
export async function warnIfWeak(
  { contracts, deployment }: Chain,
  release: FetchedRelease,
  ask: {
    readonly policy: Policy;
    readonly fee: bigint;
    readonly terms: StakeTerms;
    readonly valueAtStake: bigint;
  },
): Promise<readonly string[]> {
  const { fromBlock } = deployment;
  const { chosen, recommendation } = await advise(contracts, { ...ask, release, fromBlock });
  if (chosen === undefined || chosen.sufficient) return [];
  const better = recommendation.found
    ? `${recommendation.alternative.text} would do: \`npx hardhat advise\` says with which stake and cover.`
    : "Nothing that this release offers would do for somebody who believes nobody: see `npx hardhat advise`.";
  return [...chosen.warnings.map(({ text }) => text), better];
}
