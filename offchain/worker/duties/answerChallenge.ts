import type { Courts, Hex, RequestId } from "@vouch/protocol";
import {
  DISPUTE_STATUSES,
  encodeRequestParams,
  enumName,
  REQUEST_STATUSES,
  ROUND_OUTCOMES,
} from "@vouch/protocol";
import type { AnswerRecord } from "./answerRecord.ts";
import { disputeCall, readAnswer } from "./answerRecord.ts";
import type { DutyStep } from "./duty.ts";
import { act, addressOf, chainNow, OVER } from "./duty.ts";
import type { ProveDeps } from "./proveAnswer.ts";
import { proveAnswer } from "./proveAnswer.ts";

/** Between looks at a panel that is at work: it may decide at any time. */
const PANEL_LOOK_SECONDS = 60;
/** Between looks at what a node does not have yet. */
const BEHIND_SECONDS = 15;

/** How an operator stands by its answers, and by its challenges. */
export type AnswerOptions = {
  /**
   * Whose answers it defends: its own, and those of the quorum where it sat on the panel.
   */
  readonly defends: Hex;
  /** Wei that it pays at most for further panels of one dispute; 0 asks none. */
  readonly rerunLimit: bigint;
};

/**
 * Takes an answer one step towards its end: makes it final once its window is over, defends it where it was challenged.
 * An answer that is nobody's business here is over at once.
 *
 * @throws {WorkerError} `ANSWER_UNKNOWN`, `DUTY_REFUSED`, `INTENT_EXPIRED`; what `proveAnswer` throws.
 */
export async function followAnswer(
  request: RequestId,
  options: AnswerOptions,
  deps: ProveDeps,
): Promise<DutyStep> {
  const { requests } = deps.contracts;
  const status = enumName(REQUEST_STATUSES, await requests.statusOf(request));
  if (status === "challenged") return answerChallenge(request, options, deps);
  // A node that lags behind the answer is no reason to leave it undefended; for how long is the caller's to say.
  if (status === "none" || status === "open" || status === "locked") return behind(deps);
  if (status !== "provisional") return OVER;
  if ((await requests.operatorOf(request)).toLowerCase() !== options.defends) return OVER;
  const closesAt = Number(await requests.windowEndOf(request));
  if ((await chainNow(deps.contracts)) <= closesAt)
    return { status: "waiting", until: closesAt + 1 };
  const { params, output } = await readAnswer(request, deps);
  return act(deps, {
    key: `finalize:${request}`,
    to: await addressOf(requests),
    data: requests.interface.encodeFunctionData("finalize", [
      request,
      encodeRequestParams(params),
      [...output],
    ]) as Hex,
  });
}

/**
 * Takes a dispute one step towards its decision, as the one whose answer was challenged or as the one who challenged it: brings
 * the proof, ends a dispute whose time is over, or has it decided as its panel did.
 *
 * @throws {WorkerError} as `followAnswer`.
 */
export async function answerChallenge(
  request: RequestId,
  options: AnswerOptions,
  deps: ProveDeps,
): Promise<DutyStep> {
  const { contracts, courts, operator } = deps;
  const requests = await addressOf(contracts.requests);
  const dispute = await courts.disputes.disputeOf(requests, request);
  const status = enumName(DISPUTE_STATUSES, dispute.status);
  if (status === "none") return behind(deps); // the request says that it is challenged
  const accused = dispute.operator.toLowerCase() === options.defends;
  const challenging = dispute.challenger.toLowerCase() === operator;
  if (!accused && !challenging) return OVER;
  const decideBy = Number(dispute.decideBy);
  if (status === "awaitingProof") {
    const now = await chainNow(contracts);
    // Before the challenger's part: a challenge of one's own answer only obliges to prove it.
    if (accused && now < decideBy) return bringProof(request, decideBy, deps);
    if (accused) {
      deps.log.error({ requestId: request, decideBy }, "no proof came in time: the answer falls");
      return OVER;
    }
    if (now <= decideBy) return { status: "waiting", until: decideBy + 1 };
    return end("timeout", await readAnswer(request, deps), deps);
  }
  if (status === "awaitingQuorum") {
    return followPanel(await readAnswer(request, deps), dispute.round, decideBy, options, deps);
  }
  return OVER;
}

/** The node does not have yet what another one told of. */
async function behind({ contracts }: Pick<ProveDeps, "contracts">): Promise<DutyStep> {
  return { status: "waiting", until: (await chainNow(contracts)) + BEHIND_SECONDS };
}

async function bringProof(
  request: RequestId,
  decideBy: number,
  deps: ProveDeps,
): Promise<DutyStep> {
  const { disputes } = deps.courts;
  const answer = await readAnswer(request, deps);
  const proof = await proveAnswer(answer, deps);
  return act(deps, {
    key: `answer:${request}`,
    to: await addressOf(disputes),
    data: disputes.interface.encodeFunctionData("answer", [
      ...(await disputeCall(answer, deps.contracts)),
      proof,
    ]) as Hex,
    deadline: decideBy,
  });
}

/** Of what a panel decides there is nothing to prove: it is concluded, or asked anew where that is worth it. */
async function followPanel(
  answer: AnswerRecord,
  round: string,
  decideBy: number,
  options: AnswerOptions,
  deps: ProveDeps,
): Promise<DutyStep> {
  const { contracts, courts } = deps;
  const { disputes } = courts;
  const arbiter = arbiterOf(courts);
  const now = await chainNow(contracts);
  const [state] = await arbiter.outcomeOf(round);
  const outcome = enumName(ROUND_OUTCOMES, state);
  if (outcome === "decided") return end("conclude", answer, deps);
  if (outcome === "pending") {
    const closesAt = decideBy + Number(await disputes.CONCLUSION_PERIOD());
    if (now > closesAt) return end("conclude", answer, deps);
    return { status: "waiting", until: Math.min(now + PANEL_LOOK_SECONDS, closesAt + 1) };
  }
  if (now > decideBy) return end("conclude", answer, deps);
  const period = Number(await arbiter.ROUND_PERIOD());
  const spent = await paidForPanels(answer.request, deps);
  const { bond } = answer.params;
  const isWorthIt = spent + bond <= options.rerunLimit && now + period < decideBy;
  if (!isWorthIt) return { status: "waiting", until: decideBy + 1 };
  return act(deps, {
    key: `rerun:${answer.request}:${round}`,
    to: await addressOf(disputes),
    data: disputes.interface.encodeFunctionData(
      "rerun",
      await disputeCall(answer, contracts),
    ) as Hex,
    value: bond,
    deadline: decideBy - period,
  });
}

async function end(
  how: "timeout" | "conclude",
  answer: AnswerRecord,
  deps: ProveDeps,
): Promise<DutyStep> {
  const { disputes } = deps.courts;
  const call = await disputeCall(answer, deps.contracts);
  return act(deps, {
    key: `${how}:${answer.request}`,
    to: await addressOf(disputes),
    data: (how === "timeout"
      ? disputes.interface.encodeFunctionData("timeout", call)
      : disputes.interface.encodeFunctionData("conclude", call)) as Hex,
  });
}

/** What this operator has paid for panels after the first, which the challenger paid. */
async function paidForPanels(
  request: RequestId,
  { contracts, courts: { disputes }, operator, fromBlock }: ProveDeps,
): Promise<bigint> {
  const requests = await contracts.requests.getAddress();
  const opened = await disputes.queryFilter(
    disputes.filters.RoundOpened(requests, request),
    fromBlock,
  );
  return opened
    .slice(1)
    .filter(({ args }) => args.payer.toLowerCase() === operator)
    .reduce((sum, { args }) => sum + args.paid, 0n);
}

function arbiterOf({ panels }: Courts): NonNullable<Courts["panels"]>["arbiter"] {
  if (panels === undefined)
    throw new TypeError("no dispute awaits a quorum where the router knows none");
  return panels.arbiter;
}
