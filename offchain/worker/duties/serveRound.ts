import type { EncodedEvidence, Hex, Panels, RequestParams } from "@vouch/protocol";
import {
  encodeRequestParams,
  enumName,
  evidenceKindIndex,
  findContractError,
  REQUEST_STATUSES,
} from "@vouch/protocol";
import type { AnswerRecord } from "./answerRecord.ts";
import { readParams } from "./answerRecord.ts";
import { followAnswer } from "./answerChallenge.ts";
import type { CommitDeps } from "./commitOutput.ts";
import { commitOutput, revealOutput } from "./commitOutput.ts";
import type { DutyStep } from "./duty.ts";
import { act, addressOf, chainNow, OVER } from "./duty.ts";
import { agreedOutput, outputsToConclude, readReveals } from "./panelOutputs.ts";
import type { PanelRound, Seat } from "./panelRound.ts";
import { readRound } from "./panelRound.ts";
import type { ProveDeps } from "./proveAnswer.ts";
import { proveAnswer } from "./proveAnswer.ts";
import { servesRound } from "./servesRound.ts";
import { turnByLot, turnBySeat } from "./turnOf.ts";

/** How a member of a panel behaves. */
export type RoundOptions = {
  /** Seconds between members' turns at what any of them may do. */
  readonly turnSeconds: number;
};

/** What serving a round takes beside what every duty has. */
export type RoundDeps = CommitDeps &
  ProveDeps & {
    /** Returns the RLP encoding of a block's header: see `readHeader`. */
    readonly header: (number: number) => Promise<Hex>;
  };

/** Turns at what is due before seats are known: more than that race. */
const DRAW_SLOTS = 16;

type Due = {
  readonly round: PanelRound;
  readonly own: Seat;
  readonly panels: Panels;
  readonly options: RoundOptions;
  readonly deps: RoundDeps;
};

/**
 * Takes a round one step further as a member of its pool, and of its panel once that is drawn: draws, commits, reveals, concludes,
 * answers the request and has the fee shared out.
 *
 * @throws {WorkerError} what `commitOutput`, `revealOutput` and `proveAnswer` throw; `DUTY_REFUSED`, `HEADER_INVALID`.
 */
export async function serveRound(
  id: Hex,
  options: RoundOptions,
  deps: RoundDeps,
): Promise<DutyStep> {
  const { panels } = deps.courts;
  if (panels === undefined) return OVER;
  const round = await readRound(id, panels, deps);
  if (round === undefined) return OVER;
  if (round.status === "open") return drawPanel(round, panels, options, deps);
  if (round.own === undefined) return OVER;
  const due = { round, own: round.own, panels, options, deps };
  switch (round.status) {
    case "drawn":
      return takePart(due);
    case "concluded":
      return round.answers ? answerRequest(due) : OVER;
    case "failed":
      return round.answers ? giveUpLock(due) : OVER;
    case "none":
      return OVER;
  }
}

async function drawPanel(
  round: PanelRound,
  panels: Panels,
  { turnSeconds }: RoundOptions,
  deps: RoundDeps,
): Promise<DutyStep> {
  const { quorum } = panels;
  // A seat in it would stay empty: let those draw it that it pays.
  if (!(await servesRound(deps.operator, round.offer, panels, deps.contracts))) return OVER;
  const now = await chainNow(deps.contracts);
  const slots = Math.max(1, Math.min(round.poolSize, DRAW_SLOTS));
  const turn = (dueAt: number): number =>
    turnByLot(round.id, deps.operator, slots, dueAt, turnSeconds);
  if (now > round.drawDeadline) {
    const from = turn(round.drawDeadline + 1);
    if (now < from) return { status: "waiting", until: from };
    return send("conclude", round, panels, [], deps);
  }
  const seed = await quorum.runner?.provider?.getBlock(round.seedBlock);
  const head = await quorum.runner?.provider?.getBlockNumber();
  // In the seed's own block its hash is not known yet.
  if (seed == null || head === undefined || head <= round.seedBlock)
    return { status: "waiting", until: now + 1 };
  const from = turn(seed.timestamp);
  if (now < from) return { status: "waiting", until: from };
  return act(deps, {
    // A seed that the chain forgot is replaced: then the round is drawn again.
    key: `draw:${round.id}:${round.seedBlock}`,
    to: await addressOf(quorum),
    data: quorum.interface.encodeFunctionData("draw", [
      round.id,
      await deps.header(round.seedBlock),
    ]) as Hex,
    deadline: round.drawDeadline,
  });
}

async function takePart(due: Due): Promise<DutyStep> {
  const { round, own, panels, deps } = due;
  const now = await chainNow(deps.contracts);
  const allCommitted = round.committed === round.seats.length;
  const revealsFrom = allCommitted ? now : round.commitDeadline + 1;
  if (own.status === "seated" && now < round.commitDeadline)
    return commitOutput(round, own, panels, deps);
  if (own.status === "committed" && now < round.revealDeadline)
    return now < revealsFrom
      ? { status: "waiting", until: revealsFrom }
      : revealOutput(round, own, panels, deps);
  return conclude(due, now, allCommitted || now > round.commitDeadline);
}

async function conclude(due: Due, now: number, isCommitted: boolean): Promise<DutyStep> {
  const { round, panels, deps } = due;
  const reveals = await readReveals(round, panels);
  const isRevealed = isCommitted && round.revealed === round.committed;
  const dueAt =
    isRevealed && reveals.latestAt !== undefined ? reveals.latestAt : round.revealDeadline + 1;
  const from = turnFrom(due, dueAt);
  if (now < from) return { status: "waiting", until: from };
  return send("conclude", round, panels, outputsToConclude(round, reveals), deps);
}

/** Once a panel agreed: its answer to the request, then the members' shares of the fee. */
async function answerRequest(due: Due): Promise<DutyStep> {
  const { round, panels, deps, own } = due;
  const { requests } = deps.contracts;
  const { quorum } = panels;
  const { request } = round;
  if (own.status !== "agreed") return OVER; // the fee is the others'
  if (round.settled || (await quorum.roundOf(request)) !== round.id) return OVER;
  const holder = (await requests.operatorOf(request)).toLowerCase();
  if (holder !== (await addressOf(quorum))) return OVER;
  const status = enumName(REQUEST_STATUSES, await requests.statusOf(request));
  const now = await chainNow(deps.contracts);
  const agreed = await agreedOutput(round, panels);
  if (status === "locked") {
    if (now >= round.deadline) return OVER;
    const from = turnFrom(due, agreed.at);
    if (now < from) return { status: "waiting", until: from };
    return sendAnswer(due, agreed.output);
  }
  const { movedAt } = await requests.resultOf(request);
  const from = turnFrom(due, Number(movedAt));
  if (status === "provisional" || status === "challenged") {
    // Of a panel's answer, each member has the same to lose: they take turns at defending it.
    if (now < from) return { status: "waiting", until: from };
    const defends = await addressOf(quorum);
    return followAnswer(request, { defends, rerunLimit: 0n }, deps);
  }
  if (status !== "fulfilled") return OVER;
  const { stakeAtRisk } = await requests.assuranceOf(request);
  if (stakeAtRisk === 0n) return OVER; // answered late, for nothing
  if (now < from) return { status: "waiting", until: from };
  return send("settle", round, panels, [], deps);
}

/** The quorum's word alone, and a proof beside it where the policy is not met without. */
async function sendAnswer(due: Due, output: readonly bigint[]): Promise<DutyStep> {
  const { round, panels, deps } = due;
  const { quorum } = panels;
  const params = await readParams(round.request, deps);
  const operator = await addressOf(quorum);
  const answer: AnswerRecord = { request: round.request, params, operator, output };
  const evidence: EncodedEvidence[] = [{ kind: evidenceKindIndex("quorum"), data: "0x" }];
  if (!(await isAccepted(answer, evidence, deps)))
    evidence.push({ kind: evidenceKindIndex("zk"), data: await proveAnswer(answer, deps) });
  return act(deps, {
    key: `answer:${round.id}`,
    to: operator,
    data: quorum.interface.encodeFunctionData("answer", [
      round.request,
      encodeRequestParams(params),
      [...output],
      evidence,
    ]) as Hex,
    deadline: round.deadline,
  });
}

/** Whether the router takes a panel's answer with this evidence, at once or open to challenge. */
async function isAccepted(
  { request, params, operator, output }: AnswerRecord,
  evidence: EncodedEvidence[],
  { contracts: { router } }: RoundDeps,
): Promise<boolean> {
  const encoded = encodeRequestParams(params);
  try {
    await router.assessFulfilment(operator, params.stake, request, encoded, [...output], evidence);
    return true;
  } catch (error) {
    if (findContractError(error)?.name !== "PolicyNotMet") throw error;
    return false;
  }
}

/** A round that failed holds its request's lock until somebody gives it up: then another may serve it. */
async function giveUpLock(due: Due): Promise<DutyStep> {
  const { round, panels, deps } = due;
  const { quorum } = panels;
  const { requests } = deps.contracts;
  const { request } = round;
  if ((await quorum.roundOf(request)) !== round.id) return OVER;
  if (enumName(REQUEST_STATUSES, await requests.statusOf(request)) !== "locked") return OVER;
  const params: RequestParams = await readParams(request, deps);
  const now = await chainNow(deps.contracts);
  if (now >= params.lockDeadline) return OVER; // nobody could lock it any more
  const failed = await quorum.queryFilter(quorum.filters.RoundFailed(round.id), round.seedBlock);
  const block = await failed.at(-1)?.getBlock();
  const from = turnFrom(due, block?.timestamp ?? now);
  if (now < from) return { status: "waiting", until: from };
  return act(deps, {
    key: `unlock:${round.id}`,
    to: await addressOf(quorum),
    data: quorum.interface.encodeFunctionData("unlock", [
      request,
      encodeRequestParams(params),
    ]) as Hex,
    deadline: params.lockDeadline,
  });
}

function turnFrom({ round, own, options }: Due, dueAt: number): number {
  return turnBySeat(round.id, own.index, round.seats.length, dueAt, options.turnSeconds);
}

async function send(
  what: "conclude" | "settle",
  round: PanelRound,
  { quorum }: Panels,
  outputs: bigint[][],
  deps: RoundDeps,
): Promise<DutyStep> {
  const data =
    what === "settle"
      ? quorum.interface.encodeFunctionData("settle", [round.id])
      : quorum.interface.encodeFunctionData("conclude", [round.id, outputs]);
  const to = await addressOf(quorum);
  return act(deps, { key: `${what}:${round.id}`, to, data: data as Hex });
}
