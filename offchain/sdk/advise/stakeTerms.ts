import type { StakeRules } from "./facts.ts";

/** What a request exposes of its operator; wei. As `RequestParams` has them. */
export type StakeTerms = {
  readonly stake: bigint;
  readonly cover: bigint;
  readonly bond: bigint;
};

/** The most that a request can say. */
const MAX_AMOUNT = (1n << 80n) - 1n;
/** Gas of a challenge and of what ends it (`test/snapshots/disputeGas.json`). */
const CHALLENGE_GAS = 126_702n + 194_069n;
const SECONDS_PER_YEAR = 31_536_000n;
const BPS = 10_000n;

/**
 * Returns the terms under which an operator that is shown to be wrong loses `value` of its own. The cover is the value, so that
 * all of it is own stake and goes to the requester; where a challenger is needed, as much is exposed beyond it as pays one twice
 * its gas.
 */
export function termsFor(
  value: bigint,
  least: StakeTerms,
  {
    gasPrice,
    judged,
    rules,
  }: { readonly gasPrice: bigint; readonly judged: boolean; readonly rules: StakeRules },
): StakeTerms {
  const reward = judged ? 2n * CHALLENGE_GAS * gasPrice + least.bond : 0n;
  const beyond =
    rules.rewardBps === 0n ? 0n : (reward * BPS + rules.rewardBps - 1n) / rules.rewardBps;
  const stake = value + beyond;
  return {
    stake: atMost(stake > least.stake ? stake : least.stake),
    cover: atMost(value > least.cover ? value : least.cover),
    bond: least.bond,
  };
}

/**
 * Returns the least that an operator loses of its own, in wei, once its answer is shown to be wrong: what the requester gets, and
 * what is left of its own part when a friend collects the reward (docs/staking.md). It takes the requester to be who relies on
 * the answer, and the fee, which is also compensated, to be nothing.
 */
export function leastLoss(
  { stake, cover }: StakeTerms,
  { leverage, rewardBps }: StakeRules,
): bigint {
  const compensation = cover < stake ? cover : stake;
  const leastOwn = (stake + leverage - 1n) / leverage;
  const own = leastOwn > compensation ? leastOwn : compensation;
  return own - ((own - compensation) * rewardBps) / BPS;
}

/** Returns what exposed stake would earn elsewhere, in wei, rounded up; no contract charges it. */
export function stakePremium(stake: bigint, seconds: bigint, yieldBps: number): bigint {
  const parts = stake * seconds * BigInt(yieldBps);
  const whole = SECONDS_PER_YEAR * BPS;
  return (parts + whole - 1n) / whole;
}

function atMost(amount: bigint): bigint {
  return amount > MAX_AMOUNT ? MAX_AMOUNT : amount;
}
