import { conjoin, describePolicy } from "@vouch/protocol";
import { formatEther } from "ethers";
import { SdkError } from "../errors.ts";
import type { Advice, Recommendation } from "./advice.ts";
import { NOT_PROVEN } from "./advice.ts";
import type { Alternative } from "./alternative.ts";
import type { AdviceFacts, ChosenPolicy } from "./facts.ts";
import { compare, reachOf } from "./guarantee.ts";
import type { AdviceNeed } from "./need.ts";
import { releaseWarnings } from "./warnings.ts";
import { weighPolicy } from "./weighPolicy.ts";

/**
 * Returns which evidence to demand for what is at stake, what each alternative costs and whom it trusts. Pure: it reads nothing.
 * Recommended is the cheapest alternative that is possible, strong enough, in time, within budget and that somebody could serve.
 *
 * @example
 * const { recommendation } = adviseOn(facts, { valueAtStake: 10n ** 18n, maxSeconds: 60 });
 * if (recommendation.found) console.log(recommendation.alternative.text, recommendation.why);
 */
export function adviseOn(facts: AdviceFacts, need: AdviceNeed): Advice {
  const { release, gasPrice } = facts;
  const alternatives = facts.alternatives.map((it) => weighPolicy(it, facts, need));
  return {
    release: release.id,
    name: `${release.model}@${release.version}`,
    valueAtStake: need.valueAtStake,
    gasPrice,
    recommendation: recommend(alternatives, need),
    chosen: facts.chosen === undefined ? undefined : weighChosen(facts.chosen, facts, need),
    alternatives,
    warnings: releaseWarnings(facts),
    notProven: NOT_PROVEN,
  };
}

/**
 * Demands that the policy which the asker has in mind reaches the value at stake.
 *
 * @throws {SdkError} `POLICY_TOO_WEAK`, naming the policy and what would do.
 */
export function requireSufficient({ chosen, valueAtStake, recommendation }: Advice): void {
  if (chosen === undefined || chosen.sufficient) return;
  const better = recommendation.found
    ? ` ${recommendation.alternative.text} would do, with a stake of ${formatEther(recommendation.alternative.terms.stake)} ether and a cover of ${formatEther(recommendation.alternative.terms.cover)}`
    : " Nothing that this release offers would do";
  const reach = formatEther(reachOf(chosen.guarantee) ?? 0n);
  throw new SdkError({
    code: "POLICY_TOO_WEAK",
    clause: describePolicy(chosen.policy),
    reason: `it reaches ${reach} ether, and ${formatEther(valueAtStake)} are at stake.${better}`,
  });
}

function weighChosen(chosen: ChosenPolicy, facts: AdviceFacts, need: AdviceNeed): Alternative {
  const { minStake } = conjoin(facts.release.floor, chosen.policy);
  const terms = chosen.terms ?? { stake: minStake, cover: 0n, bond: 0n };
  return weighPolicy({ ...chosen, terms }, facts, need);
}

function recommend(alternatives: readonly Alternative[], need: AdviceNeed): Recommendation {
  const [best] = alternatives
    .filter(({ shortfalls }) => shortfalls.length === 0)
    .sort((a, b) => byCost(a, b) || compare(b.guarantee, a.guarantee));
  if (best !== undefined) return { found: true, alternative: best, why: reasonFor(best, need) };
  return { found: false, why: obstacles(alternatives) };
}

/** Without a cost nothing is possible, so nothing is compared. */
function byCost(a: Alternative, b: Alternative): number {
  const difference = (a.cost?.total ?? 0n) - (b.cost?.total ?? 0n);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

function reasonFor({ guarantee, cost }: Alternative, { valueAtStake }: AdviceNeed): string {
  const price = `${formatEther(cost?.total ?? 0n)} ether an answer${cost?.fee === undefined ? ", without a fee" : ""}`;
  const value = `${formatEther(valueAtStake)} ether`;
  switch (guarantee.rests) {
    case "mathematics":
      return `A wrong answer cannot be proven, whatever is at stake; it is the cheapest that reaches ${value}, at ${price}.`;
    case "stake":
      return `A wrong answer costs its operator at least ${formatEther(guarantee.upTo)} ether; it is the cheapest that reaches ${value}, at ${price}.`;
    case "vendor":
      return `You believe the enclave's vendor up to ${formatEther(guarantee.upTo)} ether; it is the cheapest that reaches ${value}, at ${price}.`;
    case "panel":
      return `You believe that no panel colludes up to ${formatEther(guarantee.upTo)} ether; it is the cheapest that reaches ${value}, at ${price}.`;
    case "nothing":
      return `Nothing is at stake; it is the cheapest, at ${price}.`;
  }
}

/** What stands between the need and each alternative that is possible. */
function obstacles(alternatives: readonly Alternative[]): readonly string[] {
  const possible = alternatives.filter(({ cost }) => cost !== undefined);
  if (possible.length === 0) return ["Nothing meets the floor of this release here and now."];
  return possible.map(({ text, shortfalls }) => `${text}: ${shortfalls.map(inWords).join(", ")}`);
}

function inWords(shortfall: Alternative["shortfalls"][number]): string {
  return shortfall.toLowerCase().replaceAll("_", " ");
}
