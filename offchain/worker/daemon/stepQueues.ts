import { enumName, REQUEST_STATUSES } from "@vouch/protocol";
import type { Handler, Item, Outcome, Queue, QueuePolicies, Sql, Store } from "@vouch/queue";
import type { z } from "zod";
import { MAX_GATHER_SECONDS, MAX_WAIT_SECONDS } from "../config/workerConfig.ts";
import type { ChallengeOptions } from "../duties/challengeWrong.ts";
import { chainNow } from "../duties/duty.ts";
import type { OpenOptions } from "../duties/openPanel.ts";
import type { RoundDeps, RoundOptions } from "../duties/serveRound.ts";
import { WorkerError } from "../errors.ts";
import { messageOf } from "../messageOf.ts";
import { traced } from "../observe/tracing.ts";
import { codeOfError, giveUp, isHopeless } from "../steps/giveUp.ts";
import { gatherStep } from "../steps/gatherStep.ts";
import { inferStep } from "../steps/inferStep.ts";
import { leaveToOthers } from "../steps/leaveToOthers.ts";
import { segmentStep } from "../steps/segmentStep.ts";
import type { Next, Shared, StepDeps, StepOptions, Watched } from "../steps/step.ts";
import type { HealthRecord } from "./healthRecord.ts";
import { batchPauses } from "./batchPauses.ts";
import { batchSteps } from "./batchSteps.ts";
import { gatherBatch } from "./gatherBatch.ts";
import type { ProveItem, RequestItem, SettleItem, WatchItem } from "./items.ts";
import {
  fromAnswerItem,
  fromRequestItem,
  proveItem,
  requestItem,
  settleItem,
  toAnswerItem,
  toMemberItem,
  toRequestItem,
  toSegmentItem,
  watchItem,
} from "./items.ts";
import { lookAfter } from "./lookAfter.ts";
import type { Settler } from "./settler.ts";
import { slackened } from "./slackened.ts";
import { isInterrupted, whileReachable } from "./whileReachable.ts";

/** How the queues are worked. */
export type StepQueueOptions = StepOptions & {
  /** Attempts at a step before its request is given up. */
  readonly attempts: number;
  /** Seconds that an answer may wait for others to be proven with, beside the time for which provers are busy. */
  readonly gatherSeconds: number;
  readonly rounds: RoundOptions;
  /** Answers of others are challenged within these limits; not looked at where absent. */
  readonly watchtower?: ChallengeOptions;
  /** Panels are drawn for requests that ask for one on these terms; none where absent. */
  readonly panels?: OpenOptions;
};

export type StepQueueDeps = {
  readonly store: Store;
  readonly steps: StepDeps & RoundDeps;
  readonly settler: Settler;
  readonly health: HealthRecord;
  readonly onFailure: (step: string, code: string | undefined) => void;
};

/** Failed attempts at a step before its request is given up. */
export const ATTEMPTS = 8;
/** Seconds that a transaction may take until it is confirmed, behind all waiting for others and for gas. */
const SETTLE_SECONDS = 3_600;
/**
 * The queues take no item away before its step gives up, for a lock is given up by its step, or its bond is lost; nor while it waits to be
 * settled, or a second attempt would wait beside the first. They are the database's: whoever opens it has to say the same.
 */
export const STEP_POLICIES: QueuePolicies = {
  infer: { retryLimit: ATTEMPTS },
  prove: { retryLimit: ATTEMPTS },
  settle: { expireSeconds: SETTLE_SECONDS + MAX_GATHER_SECONDS + MAX_WAIT_SECONDS },
};

/**
 * The four queues of a request, typed; a request in segments is in `prove` once for each that is not proven, and once for all; several
 * that are proven by one proof are in `prove`, and in `settle` before each of them, once for all.
 */
export type StepQueues = {
  readonly infer: Queue<RequestItem, RequestItem>;
  readonly prove: Queue<z.input<typeof proveItem>, ProveItem>;
  readonly settle: Queue<SettleItem, SettleItem>;
  readonly watch: Queue<WatchItem, WatchItem>;
  /** What each does with an item. */
  readonly handlers: {
    readonly infer: (item: Item<RequestItem>) => Promise<Outcome>;
    readonly prove: (item: Item<ProveItem>) => Promise<Outcome>;
    readonly settle: (item: Item<SettleItem>) => Promise<Outcome>;
    readonly watch: (item: Item<WatchItem>) => Promise<Outcome>;
  };
};

/** Nobody's fault, or for a person to mend: tried again after a while for as long as the deadline allows, and no failure. */
const LATER: Readonly<Record<string, number>> = {
  EXPOSURE_TOO_HIGH: 10,
  FEE_TOO_LOW: 5,
  GAS_PRICE_TOO_HIGH: 15,
  INPUT_OPENING_MISSING: 5,
  OPERATOR_NOT_STAKED: 30,
  RELEASE_UNREADY: 30,
};
/** Requests that no operator here could serve: dropped, and no failure of this one. */
const DECLINED: ReadonlySet<string> = new Set([
  "MODEL_TOO_LARGE",
  "POLICY_NOT_SERVABLE",
  "RELEASE_NOT_SERVED",
]);
/** Failures of a release, which say little of the others: one that cannot be run halts nobody else. */
const OF_RELEASE: ReadonlySet<string> = new Set([
  "MODEL_LOAD_FAILED",
  "MODEL_RUN_FAILED",
  "MODEL_TAMPERED",
  "RELEASE_BACKED_OFF",
  "RELEASE_ENDED_PROCESS",
  "RELEASE_UNREADY",
]);
/** Between looks at whether locks may be taken again. */
const HALT_SECONDS = 5;
const WATCH_DEADLINE_SECONDS = 30 * 86_400;

/** Returns the queues of a store with what is done in each. */
export function stepQueues(options: StepQueueOptions, deps: StepQueueDeps): StepQueues {
  const { store, steps, settler, health } = deps;
  const { contracts, log } = steps;
  const infer = store.queue("infer", requestItem);
  const prove = store.queue("prove", proveItem);
  const settle = store.queue("settle", settleItem);
  const watch = store.queue("watch", watchItem);

  /** What follows, together with what takes the item off its queue. */
  async function outcomeOf(watched: Watched, next: Next | Shared): Promise<Outcome> {
    // Renewed: a dead letter of an earlier time is no reason to leave what is locked or answered.
    switch (next.next) {
      case "served":
        return { status: "done" };
      case "over":
        if (next.reason !== undefined)
          steps.emit({ status: "skipped", request: watched.id, reason: next.reason });
        return { status: "done" };
      case "later":
        return { status: "later", seconds: Math.max(1, next.until - (await chainNow(contracts))) };
      case "infer":
        return then((tx) => infer.renew(toRequestItem(watched, contracts), tx));
      case "prove":
      case "settle": {
        const queue = next.next === "prove" ? prove : settle;
        return then((tx) => queue.renew(toAnswerItem(watched, next.plan, contracts), tx));
      }
      case "segments":
        return then(async (tx) => {
          for (const part of next.segments)
            await prove.renew(toSegmentItem(watched, next.plan, part, contracts), tx);
        });
      case "gather":
        return then((tx) => prove.renew(toMemberItem(watched, next.plan, contracts), tx));
      case "gathering":
        return { status: "done" };
      case "watch": {
        const deadline = watched.params.deadline + WATCH_DEADLINE_SECONDS;
        const item = { key: watched.id, deadline, payload: { kind: "answer" as const } };
        return then((tx) => watch.renew(item, tx));
      }
    }
  }

  /** What was answered is a success; what ended otherwise behind its lock, or lost it, says nothing of who serves it. */
  function noteEnd(step: string, { next }: Next | Shared): void {
    if (step === "infer") return;
    if (next === "served" || next === "watch") health.succeeded();
    else if (next === "over" || next === "infer") health.undecided();
  }

  /**
   * Does a step; where it cannot be done at all the lock is given up before the item becomes a dead letter. An answer that is on the
   * chain is watched all the same: a challenge of it costs the stake, whatever failed behind it.
   */
  async function attempt(
    step: string,
    watched: Watched,
    tried: number,
    work: () => Promise<Next | Shared>,
  ): Promise<Outcome> {
    try {
      const next = await traced(step, { requestId: watched.id, attempt: tried }, work);
      noteEnd(step, next);
      return await outcomeOf(watched, next);
    } catch (error) {
      if (isInterrupted(error)) throw error; // no failure of this request, nor of who serves it
      const code = codeOfError(error);
      const seconds = code === undefined ? undefined : LATER[code];
      if (seconds !== undefined && (await isLive(watched))) {
        log.info({ requestId: watched.id, code, error: messageOf(error) }, "request put off");
        if (code === "RELEASE_UNREADY") {
          deps.onFailure(step, code);
          await giveUp(watched, steps); // others may run it meanwhile
        }
        return { status: "later", seconds };
      }
      deps.onFailure(step, code);
      const isDeclined = code !== undefined && DECLINED.has(code);
      const isOfRelease = code !== undefined && OF_RELEASE.has(code);
      if (!isDeclined)
        health.failed(code ?? "UNKNOWN", isOfRelease ? watched.params.release : undefined);
      if (!isHopeless(error) && tried < options.attempts) throw error;
      await giveUp(watched, steps);
      if (isDeclined && step === "infer")
        return outcomeOf(watched, await leaveToOthers(watched, messageOf(error), steps));
      if (isDeclined) return outcomeOf(watched, { next: "over", reason: messageOf(error) });
      if (await stands(watched)) {
        log.error(
          { requestId: watched.id, step, code, error: messageOf(error) },
          "a step failed behind an answer that is on the chain: it is watched",
        );
        return outcomeOf(watched, { next: "watch" });
      }
      const reason = `${code ?? "UNKNOWN"}: ${messageOf(error)}`;
      const data = { code: "GIVEN_UP", request: watched.id, step, reason } as const;
      throw new WorkerError(data, { cause: error });
    }
  }

  const pauses = batchPauses();
  const gatherer = { ...options, prove, steps, pauses };
  const { onFailure } = deps;
  const batches = batchSteps({ steps, prove, settle, outcomeOf, pauses, onFailure });

  const reachable = <Payload>(work: Handler<Payload>): Handler<Payload> =>
    whileReachable(work, log);

  /** Whether this operator's answer is open to challenge. */
  async function stands({ id }: Watched): Promise<boolean> {
    const { requests } = contracts;
    const status = enumName(REQUEST_STATUSES, await requests.statusOf(id));
    const isOpen = status === "provisional" || status === "challenged";
    return isOpen && (await requests.operatorOf(id)).toLowerCase() === steps.operator;
  }

  async function isLive({ params }: Watched): Promise<boolean> {
    return (await chainNow(contracts)) <= params.deadline;
  }

  return {
    ...{ infer, prove, settle, watch },
    handlers: {
      infer: reachable(async ({ payload, attempt: tried, since }) => {
        const watched = fromRequestItem(payload, contracts);
        const isNew = (await contracts.requests.statusOf(watched.id)) === OPEN;
        const leave = isNew ? health.askLeave() : undefined;
        if (leave?.may === false) {
          if ((await chainNow(contracts)) > watched.params.lockDeadline)
            return outcomeOf(watched, await leaveToOthers(watched, undefined, steps));
          return { status: "later", seconds: HALT_SECONDS };
        }
        try {
          const outcome = await attempt("infer", watched, tried, () =>
            inferStep(watched, options, steps),
          );
          const isOurs =
            (await contracts.requests.operatorOf(watched.id)).toLowerCase() === steps.operator;
          if (leave !== undefined && !isOurs) health.notLocked(leave);
          return isOurs ? outcome : slackened(outcome, since);
        } catch (error) {
          if (leave !== undefined) health.notLocked(leave); // a probe that counts is over already
          throw error;
        }
      }),
      prove: reachable((item) => {
        const { payload, attempt: tried, signal } = item;
        if ("members" in payload) return batches.prove(payload, tried, signal);
        const answered = fromAnswerItem(payload, contracts);
        const alone = (): Promise<Outcome> =>
          attempt("prove", answered, tried, () => gatherStep(answered, steps, signal));
        if (!("kind" in payload)) return alone();
        if (payload.kind === "member") return gatherBatch(item, payload, alone, gatherer);
        return attempt("segment", answered, tried, () =>
          segmentStep(answered, payload, steps, signal),
        );
      }),
      settle: reachable(({ payload, attempt: tried }) => {
        if ("members" in payload) return batches.record(payload);
        const answered = fromAnswerItem(payload, contracts);
        return attempt("settle", answered, tried, () => settler.settle(answered));
      }),
      watch: reachable(lookAfter(options, deps)),
    },
  };
}

const OPEN = 1n;

function then(enqueue: (tx: Sql) => Promise<unknown>): Outcome {
  return {
    status: "done",
    commit: async (tx) => {
      await enqueue(tx);
    },
  };
}
