import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { ProverError } from "./errors.ts";
import { checkAborted } from "./progress.ts";

/** One message to a worker thread, and what becomes of its answer. */
export type ThreadTask<Answer> = {
  /** Made when a thread is free to take it, so that few messages are in memory at a time. */
  readonly message: () => { readonly value: unknown; readonly transfer: readonly ArrayBuffer[] };
  readonly deliver: (answer: Answer) => void;
};

export type ThreadOptions = {
  /** Worker threads; by default one for each core, at most 16. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  readonly onFraction?: (fraction: number) => void;
};

const MAX_THREADS = 16;

/**
 * Has worker threads of `entry` answer tasks, each thread one after the other, and ends the threads. A thread answers every
 * message by one, or throws.
 *
 * @throws {ProverError} `SETUP_FAILED` where a thread fails; `ABORTED`. The threads have ended then.
 */
export async function runInThreads<Answer>(
  entry: URL,
  workerData: unknown,
  tasks: readonly ThreadTask<Answer>[],
  { threads, signal, onFraction }: ThreadOptions = {},
): Promise<void> {
  checkAborted(signal);
  const count = threadCount(tasks.length, threads);
  const queue = tasks.values();
  let done = 0;
  const workers = Array.from({ length: count }, () => new Worker(entry, { workerData }));
  try {
    await Promise.all(
      workers.map(async (worker) => {
        for (const task of queue) {
          task.deliver(await ask<Answer>(worker, task.message(), signal));
          done += 1;
          onFraction?.(done / tasks.length);
        }
      }),
    );
  } finally {
    // What they were given lies in their memory; it goes with them.
    await Promise.all(workers.map((it) => it.terminate()));
  }
}

/** Threads that so many tasks are given to. */
export function threadCount(tasks: number, threads?: number): number {
  const available = threads ?? Math.min(availableParallelism(), MAX_THREADS);
  return Math.max(1, Math.min(available, tasks));
}

function ask<Answer>(
  worker: Worker,
  { value, transfer }: ReturnType<ThreadTask<Answer>["message"]>,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = (action: () => void): void => {
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      signal?.removeEventListener("abort", onAbort);
      action();
    };
    const fail = (error: ProverError): void => {
      settle(() => {
        reject(error);
      });
    };
    const onMessage = (answer: Answer): void => {
      settle(() => {
        resolve(answer);
      });
    };
    const onError = (cause: unknown): void => {
      fail(new ProverError({ code: "SETUP_FAILED", reason: "a thread failed" }, { cause }));
    };
    const onExit = (): void => {
      fail(new ProverError({ code: "SETUP_FAILED", reason: "a thread ended early" }));
    };
    const onAbort = (): void => {
      fail(new ProverError({ code: "ABORTED" }, { cause: signal?.reason }));
    };
    if (signal?.aborted === true) {
      onAbort();
      return;
    }
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    signal?.addEventListener("abort", onAbort);
    worker.postMessage(value, transfer);
  });
}
