import { interpret } from "@vouch/compiler";
import type { Hex, RequestId } from "@vouch/protocol";
import {
  DISPUTE_STATUSES,
  enumName,
  hashOfWords,
  packWords,
  REQUEST_STATUSES,
  unpackWords,
} from "@vouch/protocol";
import { WorkerError } from "../errors.ts";
import type { ServedRelease } from "../servedRelease.ts";
import type { AnswerRecord } from "./answerRecord.ts";
import { disputeCall, readAnswer } from "./answerRecord.ts";
import type { DutyDeps, DutyStep } from "./duty.ts";
import { act, addressOf, chainNow, OVER } from "./duty.ts";

/** What a watchtower risks. Nobody challenges who is not told to: each figure is the operator's own. */
export type ChallengeOptions = {
  /** Wei of bond that one challenge may put up at most. */
  readonly maxBond: bigint;
  /** Wei of bonds in undecided challenges at most. */
  readonly maxOutstanding: bigint;
  /** How many times what a challenge costs its reward must be. */
  readonly minReturn: bigint;
};

/** Gas of `challenge`, where an arbiter opens a round too, and of what ends a dispute (docs/disputes.md, "Choosing a bond"). */
const CHALLENGE_GAS = 800_000n;
const BPS = 10_000n;

/**
 * Runs the release of another operator's provisional answer again, and challenges the answer where the output is another one and
 * the reward is worth it. Over where there is nothing to challenge: an answer that is right, or cannot be judged from here.
 *
 * @throws {WorkerError} `RUNS_DISAGREE`, `MODEL_RUN_FAILED`, `ANSWER_UNKNOWN`, `DUTY_REFUSED`, `INTENT_EXPIRED`.
 */
export async function challengeWrong(
  request: RequestId,
  options: ChallengeOptions,
  deps: DutyDeps,
): Promise<DutyStep> {
  const { contracts, courts, operator, releases } = deps;
  const status = enumName(REQUEST_STATUSES, await contracts.requests.statusOf(request));
  if (status !== "provisional") return OVER; // challenged ones too: a second challenge decides nothing
  const answer = await readAnswer(request, deps);
  if (!releases.has(answer.params.release) || answer.operator === operator) return OVER;
  const served = await releases.get(answer.params.release);
  if (!isComparable(served)) return OVER;
  const closesAt = Number(await contracts.requests.windowEndOf(request));
  if ((await chainNow(contracts)) >= closesAt) return OVER;
  if (hashOfWords(await rightOutput(answer, served)) === hashOfWords(answer.output)) return OVER;

  const unworthy = await whyNot(answer, options, deps);
  if (unworthy !== undefined) {
    deps.log.warn({ requestId: request, operator: answer.operator, unworthy }, "wrong answer left");
    return OVER;
  }
  deps.log.warn({ requestId: request, operator: answer.operator }, "wrong answer challenged");
  return act(deps, {
    key: `challenge:${request}`,
    to: await addressOf(courts.disputes),
    data: courts.disputes.interface.encodeFunctionData(
      "challenge",
      await disputeCall(answer, contracts),
    ) as Hex,
    value: answer.params.bond,
    deadline: closesAt,
  });
}

/** Whether two right outputs of a release are the same words, and its input is there to be run. */
function isComparable({ release, compiled }: ServedRelease): boolean {
  const { input, output } = compiled;
  return release.runtime === "bitExact" && input.mode === "public" && output.mode === "public";
}

/** By two independent ways: a bond is not put up on the word of one. */
async function rightOutput(
  { request, params }: AnswerRecord,
  { id, compiled, model }: ServedRelease,
): Promise<readonly bigint[]> {
  const input = unpackWords(params.input, compiled.input);
  const words = packWords(await model.run(input), compiled.output);
  const again = packWords(interpret(compiled.graph, input), compiled.output);
  if (hashOfWords(words) !== hashOfWords(again))
    throw new WorkerError({ code: "RUNS_DISAGREE", release: id, request });
  return words;
}

/** Why a challenge is not worth it; undefined where it is. The reward is the vault's formula (`IStakeVault.Verdict`). */
async function whyNot(
  { request, params, operator }: AnswerRecord,
  { maxBond, maxOutstanding, minReturn }: ChallengeOptions,
  deps: DutyDeps,
): Promise<string | undefined> {
  const { vault, requests } = deps.contracts;
  const { bond } = params;
  if (bond > maxBond) return `the bond of ${bond} wei is above ${maxBond}`;
  const outstanding = await bondsAtRisk(deps);
  if (outstanding + bond > maxOutstanding)
    return `${outstanding} wei of bonds are in undecided challenges`;
  const { own, compensation } = await vault.liabilityOf(operator, requests, request);
  const reward = ((own - compensation) * (await vault.REWARD_BPS())) / BPS;
  const gasPrice = (await requests.runner?.provider?.getFeeData())?.gasPrice ?? 0n;
  const [, n] = await requests.judgeOf(request);
  // A panel costs the bond whatever it decides.
  const cost = CHALLENGE_GAS * gasPrice + (n > 0n ? bond : 0n);
  return reward < cost * minReturn
    ? `its reward of ${reward} wei is less than ${minReturn} times its cost of ${cost}`
    : undefined;
}

/** Bonds of this operator's challenges that nobody has decided yet. */
async function bondsAtRisk({
  contracts: { requests },
  courts: { disputes },
  operator,
  fromBlock,
}: DutyDeps): Promise<bigint> {
  const made = await disputes.queryFilter(
    disputes.filters.AnswerChallenged(requests, undefined, operator),
    fromBlock,
  );
  let sum = 0n;
  for (const { args } of made) {
    const { status } = await disputes.disputeOf(requests, args.id);
    const isOpen = enumName(DISPUTE_STATUSES, status).startsWith("awaiting");
    if (isOpen) sum += args.bond;
  }
  return sum;
}
