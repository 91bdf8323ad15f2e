import type { Outcome, Queue, Sql } from "@vouch/queue";
import { messageOf } from "../messageOf.ts";
import { traced } from "../observe/tracing.ts";
import type { Apart } from "../steps/batchStep.ts";
import { batchStep } from "../steps/batchStep.ts";
import { codeOfError } from "../steps/giveUp.ts";
import { recordStep } from "../steps/recordStep.ts";
import type { Answered, Next, Shared, StepDeps, Watched } from "../steps/step.ts";
import type { BatchPauses } from "./batchPauses.ts";
import type { BatchItem, RecordItem } from "./items.ts";
import { fromAnswerItem, toAnswerItem, toRecordItem } from "./items.ts";
import { isInterrupted } from "./whileReachable.ts";

export type BatchStepsDeps = {
  readonly steps: StepDeps;
  readonly prove: Pick<Queue<ReturnType<typeof toAnswerItem>["payload"], unknown>, "renew">;
  readonly settle: Pick<Queue<RecordItem, unknown>, "renew">;
  /** What follows for one request, together with what takes it off its queue. */
  readonly outcomeOf: (watched: Watched, next: Next | Shared) => Promise<Outcome>;
  readonly pauses: Pick<BatchPauses, "begin">;
  readonly onFailure: (step: string, code: string | undefined) => void;
};

/** Attempts at proving a batch, of which all but the last ended with their process: its proof may take more memory than there is. */
const MAX_ATTEMPTS = 2;

/** What is done for several answers at once; whatever fails of it, each is proven by itself. */
export type BatchSteps = {
  /** @param tried which attempt it is, from 1 */
  readonly prove: (item: BatchItem, tried: number, signal: AbortSignal) => Promise<Outcome>;
  readonly record: (item: RecordItem) => Promise<Outcome>;
};

/** Returns the steps of answers that one proof proves. */
export function batchSteps({
  steps,
  prove,
  settle,
  outcomeOf,
  pauses,
  onFailure,
}: BatchStepsDeps): BatchSteps {
  const { contracts, log } = steps;

  async function apart(members: Apart): Promise<Outcome> {
    const outcomes: Outcome[] = [];
    for (const { answered, next } of members) {
      // None waits here for the chain: it is looked at again where it was taken on.
      const follows: Next = next.next === "later" ? { next: "infer" } : next;
      outcomes.push(await outcomeOf(answered, follows));
    }
    return then(async (tx) => {
      for (const it of outcomes) if (it.status === "done") await it.commit?.(tx);
    });
  }

  async function attempt(
    step: string,
    { release, members }: Pick<BatchItem, "release" | "members">,
    work: (answered: readonly Answered[]) => Promise<Outcome>,
  ): Promise<Outcome> {
    const answered = members.map((it) => fromAnswerItem(it, contracts));
    try {
      return await traced(step, { release, statements: members.length }, () => work(answered));
    } catch (error) {
      if (isInterrupted(error)) throw error;
      const code = codeOfError(error);
      onFailure(step, code);
      pauses.begin(release);
      log.error(
        { release, step, statements: members.length, code, error: messageOf(error) },
        "a batch failed: its answers are proven one by one",
      );
      return alone(answered);
    }
  }

  function alone(answered: readonly Answered[]): Outcome {
    return then(async (tx) => {
      for (const { plan, ...watched } of answered)
        await prove.renew(toAnswerItem(watched, plan, contracts), tx);
    });
  }

  return {
    prove: (item, tried, signal) =>
      attempt("batch", item, async (answered) => {
        if (tried > MAX_ATTEMPTS) {
          pauses.begin(item.release);
          log.error(
            { release: item.release, statements: answered.length, attempts: tried - 1 },
            "processes ended while they proved a batch: its answers are proven one by one",
          );
          return alone(answered);
        }
        const batched = await batchStep(item.release, answered, steps, signal);
        if (batched.next === "apart") return apart(batched.members);
        const deadline = Math.min(...answered.map(({ params }) => params.deadline));
        return then((tx) => settle.renew(toRecordItem(item, batched.digest, deadline), tx));
      }),
    record: (item) =>
      attempt("record", item, async (answered) =>
        apart(await recordStep(item.release, item.digest, answered, steps)),
      ),
  };
}

function then(enqueue: (tx: Sql) => Promise<unknown>): Outcome {
  return {
    status: "done",
    commit: async (tx) => {
      await enqueue(tx);
    },
  };
}
