import type { RequestId } from "@vouch/protocol";
import type { Answered, Next, StepDeps } from "../steps/step.ts";
import { settleStep } from "../steps/settleStep.ts";

/** How answers are gathered for one transaction. */
export type SettlerOptions = {
  /** Answers of one transaction at most. */
  readonly maxItems: number;
  /** Milliseconds that an answer waits for others, while none is being settled. */
  readonly waitMs: number;
};

/** Settles answers, those that come together by one transaction. */
export type Settler = {
  /** Returns what follows for this answer; throws what was wrong with it alone. */
  readonly settle: (answered: Answered) => Promise<Next>;
};

type Waiting = {
  readonly answered: Answered;
  readonly resolve: (next: Next) => void;
  readonly reject: (error: unknown) => void;
};

/** Returns a settler; while one transaction is under way, the next one gathers. */
export function createSettler({ maxItems, waitMs }: SettlerOptions, deps: StepDeps): Settler {
  const waiting: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isSettling = false;

  function schedule(): void {
    if (isSettling || waiting.length === 0) return;
    if (waiting.length >= maxItems) settleNext();
    else timer ??= setTimeout(settleNext, waitMs);
  }

  function settleNext(): void {
    clearTimeout(timer);
    timer = undefined;
    isSettling = true;
    const batch = waiting.splice(0, maxItems);
    void settleAll(batch, deps).then(() => {
      isSettling = false;
      schedule();
    });
  }

  return {
    settle: (answered) =>
      new Promise<Next>((resolve, reject) => {
        waiting.push({ answered, resolve, reject });
        schedule();
      }),
  };
}

/** Never rejects: what fails is told to whoever asked for it. */
async function settleAll(batch: readonly Waiting[], deps: StepDeps): Promise<void> {
  let settled: ReadonlyMap<RequestId, Next | Error>;
  try {
    settled = await settleStep(
      batch.map(({ answered }) => answered),
      deps,
    );
  } catch (error) {
    for (const { reject } of batch) reject(error);
    return;
  }
  for (const { answered, resolve, reject } of batch) {
    const next = settled.get(answered.id);
    if (next instanceof Error) reject(next);
    else resolve(next ?? { next: "over" });
  }
}
