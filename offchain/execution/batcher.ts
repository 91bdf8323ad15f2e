import { abortedBy, checkAborted } from "./errors.ts";

/** Collects rows that come close together, and runs them as one batch. */
export type Batcher<Row, Answer> = {
  /**
   * Returns the answer for a row. One that is aborted before its batch begins takes no part in it.
   *
   * @throws {ExecutionError} `ABORTED`; what running its batch throws.
   */
  readonly submit: (row: Row, signal?: AbortSignal) => Promise<Answer>;
  /** Rows that wait or run. */
  readonly size: () => number;
};

export type BatcherOptions = {
  readonly maxSize: number;
  /** That the first row of a batch waits for others; 0 takes what has come in by the time it runs. */
  readonly maxDelayMs: number;
};

type Waiting<Row, Answer> = {
  readonly row: Row;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
};

/**
 * Runs rows as one batch and returns of each its answer, or why it failed: a batch that fails is run again row by row, so that no
 * request fails by the company that it came in.
 */
export async function runRows<Row, Answer>(
  rows: readonly Row[],
  run: (rows: readonly Row[]) => Promise<readonly Answer[]>,
): Promise<readonly (Answer | Error)[]> {
  try {
    return await run(rows);
  } catch (error) {
    if (rows.length === 1) return [error as Error]; // nothing else is thrown
    const outcomes: (Answer | Error)[] = [];
    for (const row of rows) outcomes.push(...(await runRows([row], run)));
    return outcomes;
  }
}

/** Makes a batcher over `run`, which is called with one batch at a time and returns an answer for each row, as `runRows` does. */
export function createBatcher<Row, Answer>(
  { maxSize, maxDelayMs }: BatcherOptions,
  run: (rows: readonly Row[]) => Promise<readonly Answer[]>,
): Batcher<Row, Answer> {
  const queue = new Set<Waiting<Row, Answer>>();
  let running = 0;
  let isScheduled = false;

  async function settle(batch: readonly Waiting<Row, Answer>[]): Promise<void> {
    const rows = batch.map(({ row }) => row);
    const outcomes = await runRows(rows, run);
    batch.forEach(({ resolve, reject }, i) => {
      const outcome = outcomes[i] as Answer | Error; // one for each row
      if (outcome instanceof Error) reject(outcome);
      else resolve(outcome);
    });
  }

  async function drain(): Promise<void> {
    while (queue.size > 0) {
      const batch = [...queue].slice(0, maxSize);
      for (const it of batch) queue.delete(it);
      running = batch.length;
      await settle(batch);
      running = 0;
    }
    isScheduled = false;
  }

  let fire: (() => void) | undefined;
  function schedule(): void {
    if (queue.size >= maxSize) fire?.();
    if (isScheduled) return;
    isScheduled = true;
    const start = (): void => {
      fire = undefined;
      void drain(); // it settles the rows, and throws nothing itself
    };
    if (maxDelayMs === 0 || queue.size >= maxSize) {
      setImmediate(start);
      return;
    }
    const timer = setTimeout(start, maxDelayMs);
    fire = () => {
      clearTimeout(timer);
      start();
    };
  }

  return {
    submit: (row, signal) =>
      new Promise<Answer>((resolve, reject) => {
        checkAborted(signal);
        const waiting: Waiting<Row, Answer> = {
          row,
          resolve(answer) {
            signal?.removeEventListener("abort", abort);
            resolve(answer);
          },
          reject(error) {
            signal?.removeEventListener("abort", abort);
            reject(error);
          },
        };
        const abort = (): void => {
          queue.delete(waiting);
          if (signal !== undefined) reject(abortedBy(signal));
        };
        signal?.addEventListener("abort", abort, { once: true });
        queue.add(waiting);
        schedule();
      }),
    size: () => queue.size + running,
  };
}
