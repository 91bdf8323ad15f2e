import type { Policy } from "@vouch/protocol";
import { conjoin, formatBranches } from "@vouch/protocol";
import type { BranchQuote, FeeSample, PolicyQuote } from "../quotePolicy.ts";
import type { Alternative, AnswerCost, AnswerTime, Shortfall } from "./alternative.ts";
import { describeTrust } from "./describeTrust.ts";
import type { ChosenPolicy, OperatorFacts, ReleaseFacts } from "./facts.ts";
import { reaches } from "./guarantee.ts";
import { isPanel, judgePolicy } from "./judgePolicy.ts";
import type { AdviceNeed } from "./need.ts";
import { DEFAULT_YIELD_BPS } from "./need.ts";
import type { StakeTerms } from "./stakeTerms.ts";
import { stakePremium, termsFor } from "./stakeTerms.ts";
import { policyWarnings, weaknessWarning } from "./warnings.ts";

/** Gas of answering a challenge by a proof (`test/snapshots/disputeGas.json`). */
const PROOF_ANSWER_GAS = 372_442n;
/** Gas of a member that judges: to commit and reveal one word (`test/snapshots/quorumGas.json`). */
const JUDGE_GAS = 62_311n + 74_440n;

/** A member that is absent loses a part in so many of its stake, which must be the fee at least (`Quorum.openFor`). */
const ABSENCE_DIVISOR = 2n;

/**
 * Weighs one policy for a release: what it costs, whom it trusts, and whether it is enough, with as much stake as makes it enough
 * where stake can; of a chosen one, with what its request exposes.
 */
export function weighPolicy(
  { policy, quote, terms: asked }: ChosenPolicy,
  facts: ReleaseFacts,
  need: AdviceNeed,
): Alternative {
  const believes = need.believes ?? {};
  const effective = conjoin(facts.release.floor, policy);
  const fee = quote?.cheapest === undefined ? undefined : (need.fee ?? usualFee(quote));
  const terms = asked ?? settleTerms(effective, fee ?? 0n, facts, need);
  const guarantee = judgePolicy(effective, { facts, believes, terms });
  const sufficient = reaches(guarantee, need.valueAtStake);
  const time = timeOf(quote, need);
  const cost = time === undefined ? undefined : costOf(quote, { fee, terms, time, facts, need });
  const shortfalls: readonly Shortfall[] = [
    ...(cost === undefined ? (["IMPOSSIBLE"] as const) : []),
    ...(sufficient ? [] : (["TOO_WEAK"] as const)),
    ...((time?.usual ?? 0) > (need.maxSeconds ?? Infinity) ? (["TOO_SLOW"] as const) : []),
    ...(isWithin(cost?.total, need.budget) ? [] : (["OVER_BUDGET"] as const)),
    ...staffShortfalls(effective, terms, facts),
  ];
  return {
    policy: { allOf: policy.allOf, minStake: terms.stake },
    text: formatBranches(policy),
    terms,
    cost,
    time,
    guarantee,
    trusts: effective.allOf.map((clause) => describeTrust(clause, facts, believes)),
    sufficient,
    shortfalls,
    warnings: [
      ...(sufficient ? [] : [weaknessWarning(policy, guarantee, need.valueAtStake)]),
      ...policyWarnings(effective, facts, believes),
      ...(cost !== undefined && cost.fee === undefined ? [FEE_UNKNOWN] : []),
    ],
  };
}

const FEE_UNKNOWN = {
  code: "FEE_UNKNOWN",
  text: "Nobody was paid for such an answer yet, of this release or of any: its cost is without a fee.",
} as const;

/** As much stake as reaches the value at stake, where stake is what the policy rests on; else what any request exposes. */
function settleTerms(
  effective: Policy,
  fee: bigint,
  facts: ReleaseFacts,
  need: AdviceNeed,
): StakeTerms {
  const { gasPrice, rules } = facts;
  const bond = bondOf(effective, fee, gasPrice);
  const exposed = effective.allOf.some(isPanel) ? bond * ABSENCE_DIVISOR : bond;
  const stake = effective.minStake > exposed ? effective.minStake : exposed;
  const least = { stake, cover: 0n, bond };
  const believes = need.believes ?? {};
  if (reaches(judgePolicy(effective, { facts, believes, terms: least }), need.valueAtStake))
    return least;
  const judged = effective.allOf.some(({ anyOf }) => anyOf.some((it) => it.kind === "optimistic"));
  const raised = termsFor(need.valueAtStake, least, { gasPrice, judged, rules });
  const { rests } = judgePolicy(effective, { facts, believes, terms: raised });
  return rests === "stake" ? raised : least;
}

/** What a missed deadline costs, and what a challenger puts up: the fee at least, and what an answer to a challenge takes. */
function bondOf({ allOf }: Policy, fee: bigint, gasPrice: bigint): bigint {
  const windows = allOf.flatMap(({ anyOf }) => anyOf.filter(({ kind }) => kind === "optimistic"));
  return windows
    .map(({ params }) => params >> 56n)
    .map((n) => (n === 0n ? PROOF_ANSWER_GAS : n * JUDGE_GAS) * gasPrice)
    .reduce((a, b) => (a > b ? a : b), fee);
}

/** The greatest mean fee of the alternatives that were chosen, of this release where it has any. */
function usualFee({ clauses, cheapest }: PolicyQuote): bigint | undefined {
  const means = clauses.flatMap((clause, i) => {
    const branch = clause[cheapest?.choices[i] ?? 0];
    const sample: FeeSample =
      branch?.possible === true ? (branch.ofRelease ?? branch.ofAll) : undefined;
    return sample === undefined ? [] : [sample.mean];
  });
  return means.length === 0 ? undefined : means.reduce((a, b) => (a > b ? a : b));
}

function timeOf(quote: PolicyQuote | undefined, need: AdviceNeed): AnswerTime | undefined {
  if (quote?.cheapest === undefined) return undefined;
  const { clauses, cheapest } = quote;
  const chosen = clauses.flatMap((clause, i) => clause[cheapest.choices[i] ?? 0] ?? []);
  const slowest = (kind: string, seconds: (it: Possible) => number): number =>
    Math.max(
      0,
      ...chosen.map((it) => (it.possible && it.requirement.kind === kind ? seconds(it) : 0)),
    );
  const work = need.workSeconds ?? 0;
  // A window opens with the answer: a panel's time comes before it.
  const usual =
    slowest("quorum", (it) => it.mostSeconds) + slowest("optimistic", (it) => it.leastSeconds);
  return { usual: usual + work, atMost: cheapest.mostSeconds + work };
}

type Possible = Extract<BranchQuote, { readonly possible: true }>;

function costOf(
  quote: PolicyQuote | undefined,
  {
    fee,
    terms,
    time,
    facts,
    need,
  }: {
    readonly fee: bigint | undefined;
    readonly terms: StakeTerms;
    readonly time: AnswerTime;
    readonly facts: ReleaseFacts;
    readonly need: AdviceNeed;
  },
): AnswerCost | undefined {
  if (quote?.cheapest === undefined) return undefined;
  const { gas, gasKnown } = quote.cheapest;
  const verification = gas * facts.gasPrice;
  const exposed = BigInt(Math.ceil(time.usual)) + facts.rules.liabilityPeriod;
  const premium = stakePremium(terms.stake, exposed, need.yieldBps ?? DEFAULT_YIELD_BPS);
  return { gas, gasKnown, verification, fee, premium, total: verification + (fee ?? 0n) + premium };
}

function isWithin(total: bigint | undefined, budget: bigint | undefined): boolean {
  return total === undefined || budget === undefined || total <= budget;
}

/** What the parties lack that would have to answer. */
function staffShortfalls(
  { allOf }: Policy,
  terms: StakeTerms,
  facts: ReleaseFacts,
): readonly Shortfall[] {
  const { operators, enclaves, pools } = facts;
  const needed = (kind: string): boolean =>
    allOf.some(({ anyOf }) => anyOf.every((it) => it.kind === kind));
  const signed = needed("signature");
  const panels = allOf.filter(isPanel);
  const staffed =
    panels.length > 0 ||
    operators.some((it) => canLock(it, terms, facts) && (!signed || it.bond > 0n));
  const seats = (clause: Policy["allOf"][number]): number =>
    Math.min(...clause.anyOf.map(({ params }) => Number((params >> 8n) & 0xffn)));
  const short = panels.some((clause) => seats(clause) > (pools?.answering ?? 0));
  return [
    ...(staffed ? [] : (["NO_STAKE"] as const)),
    ...(short ? (["PANEL_TOO_SMALL"] as const) : []),
    ...(needed("tee") && enclaves.live === 0 ? (["NO_ENCLAVE"] as const) : []),
  ];
}

/** As `StakeVault.open` decides it. */
function canLock(
  { available, freeOwn }: OperatorFacts,
  { stake, cover }: StakeTerms,
  { rules }: ReleaseFacts,
): boolean {
  const leastOwn = (stake + rules.leverage - 1n) / rules.leverage;
  return available >= stake && freeOwn >= (cover > leastOwn ? cover : leastOwn);
}
