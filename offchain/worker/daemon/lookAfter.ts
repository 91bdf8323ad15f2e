import type { RequestId } from "@vouch/protocol";
import { enumName, REQUEST_STATUSES } from "@vouch/protocol";
import type { Item, Outcome } from "@vouch/queue";
import { followAnswer } from "../duties/answerChallenge.ts";
import { challengeWrong } from "../duties/challengeWrong.ts";
import type { DutyStep } from "../duties/duty.ts";
import { chainNow, OVER } from "../duties/duty.ts";
import { openPanel } from "../duties/openPanel.ts";
import { serveRound } from "../duties/serveRound.ts";
import { messageOf } from "../messageOf.ts";
import { codeOfError } from "../steps/giveUp.ts";
import { isUnanswered, UNSEEN_SECONDS } from "../steps/step.ts";
import type { WatchItem } from "./items.ts";
import { fromRequestItem } from "./items.ts";
import { slackened } from "./slackened.ts";
import type { StepQueueDeps, StepQueueOptions } from "./stepQueues.ts";
import { isInterrupted } from "./whileReachable.ts";

/** A challenge may come at any time of a window: nothing is left alone for longer than this. */
const WATCH_SECONDS = 600;
/** Between attempts to stand by an answer, once as many failed as a step has. */
const STAND_SECONDS = 60;

/**
 * Returns what is done with an item that is watched. An answer that no node knows is looked for until its deadline, less and less
 * often. One of this operator's is never given up while it is challenged, or may be: what cannot be done for it now is tried again.
 */
export function lookAfter(
  options: Pick<StepQueueOptions, "attempts" | "watchtower" | "panels" | "rounds">,
  { steps, onFailure }: Pick<StepQueueDeps, "steps" | "onFailure">,
): (item: Item<WatchItem>) => Promise<Outcome> {
  const { contracts, log } = steps;
  const { requests } = contracts;
  const statusOf = async (key: RequestId) =>
    enumName(REQUEST_STATUSES, await requests.statusOf(key));
  const isOwn = async (key: RequestId): Promise<boolean> =>
    (await requests.operatorOf(key)).toLowerCase() === steps.operator;

  return async (item) => {
    try {
      return await look(item);
    } catch (error) {
      if (isInterrupted(error)) throw error;
      const code = codeOfError(error);
      onFailure("watch", code);
      if (item.attempt < options.attempts || !(await mustStand(item))) throw error;
      log.error(
        { requestId: item.key, code, error: messageOf(error) },
        "an answer cannot be stood by now: it is tried again",
      );
      return { status: "later", seconds: STAND_SECONDS };
    }
  };

  async function look(item: Item<WatchItem>): Promise<Outcome> {
    const { key, payload, deadline, since } = item;
    if (isOfAnswer(payload) && isUnanswered(await statusOf(key))) {
      // A node lags, or a reorganisation is under way: no answer is to be left for that.
      if ((await chainNow(contracts)) > deadline) return { status: "done" };
      return slackened({ status: "later", seconds: UNSEEN_SECONDS }, since);
    }
    const step = await watchOne(key, payload);
    switch (step.status) {
      case "waiting": {
        const seconds = Math.max(1, step.until - (await chainNow(contracts)));
        return { status: "later", seconds: Math.min(seconds, WATCH_SECONDS) };
      }
      case "sent":
      case "overtaken":
        return { status: "later", seconds: 1 };
      case "over":
        return { status: "done" };
    }
  }

  async function watchOne(key: RequestId, payload: WatchItem): Promise<DutyStep> {
    const { watchtower, panels, rounds } = options;
    switch (payload.kind) {
      case "answer":
      case "foreign": {
        // Whose it is the chain says: a reorganisation may have put one in the place of the other. A dispute is followed by whom it is of.
        const isForeign = payload.kind === "foreign" && !(await isOwn(key));
        if (isForeign && (await statusOf(key)) === "provisional")
          return watchtower === undefined ? OVER : challengeWrong(key, watchtower, steps);
        return followAnswer(key, { defends: steps.operator, rerunLimit: 0n }, steps);
      }
      case "round":
        return serveRound(key, rounds, steps);
      case "panel": {
        if (panels === undefined) return OVER;
        const { id, params } = fromRequestItem(payload, contracts);
        const block = await requests.runner?.provider?.getBlock(payload.block);
        // Of a block that is gone the request comes again with another.
        return block == null ? OVER : openPanel(id, params, block.timestamp, panels, steps);
      }
    }
  }

  /** Whether an answer of this operator's is challenged, or may be. */
  async function mustStand({ key, payload }: Item<WatchItem>): Promise<boolean> {
    if (!isOfAnswer(payload) || !(await isOwn(key))) return false;
    const status = await statusOf(key);
    if (status !== "provisional") return status === "challenged";
    return (await chainNow(contracts)) <= Number(await requests.windowEndOf(key));
  }
}

function isOfAnswer({ kind }: WatchItem): boolean {
  return kind === "answer" || kind === "foreign";
}
