/** The end of the time that something has, which all share that began at about the same moment. */
export type Deadline = {
  /** Aborts for all of them together. */
  readonly signal: AbortSignal;
  /** Resolves as `work` does, or rejects with the signal's reason: work that does not heed a signal is left behind. */
  readonly bound: <T>(work: Promise<T>) => Promise<T>;
  /** To be called once by each that began. */
  readonly done: () => void;
};

export type Deadlines = { readonly begin: () => Deadline };

/** Those that begin within it have one deadline: nobody's time is shorter, and nobody's longer by more. */
const SHARED_MS = 5;

type Shared = Deadline & {
  /** When it takes nobody more, and when it is over. */
  readonly closes: number;
  readonly due: number;
  under: number;
  readonly abort: (reason: unknown) => void;
};

/**
 * Returns deadlines of so many milliseconds, or of `stopping`. A signal, a listener and a timer for each request cost more than what a
 * small model takes to run. All have the same time, so that the one that began first is over first: one timer waits for it.
 */
export function createDeadlines(milliseconds: number, stopping: AbortSignal): Deadlines {
  /** In the order of their beginnings. */
  const running = new Set<Shared>();
  let newest: Shared | undefined;
  let timer: NodeJS.Timeout | undefined;

  const abortDue = (): void => {
    timer = undefined;
    const now = performance.now();
    for (const it of running) {
      if (it.due > now) {
        wait(it.due - now);
        return;
      }
      running.delete(it);
      it.abort(new DOMException("the time is over", "TimeoutError"));
    }
  };
  const wait = (time: number): void => {
    timer ??= setTimeout(abortDue, time).unref();
  };
  stopping.addEventListener(
    "abort",
    () => {
      newest = undefined;
      for (const it of running) it.abort(stopping.reason);
    },
    { once: true },
  );

  const open = (now: number): Shared => {
    const closes = now + SHARED_MS;
    const shared = createShared(closes, closes + milliseconds, () => {
      if (shared === newest) newest = undefined;
      running.delete(shared);
    });
    if (stopping.aborted) shared.abort(stopping.reason);
    else newest = shared;
    running.add(shared);
    if (timer === undefined) wait(shared.due - now);
    return shared;
  };
  return {
    begin() {
      const now = performance.now();
      const shared = newest !== undefined && now < newest.closes ? newest : open(now);
      shared.under += 1;
      return shared;
    },
  };
}

/** @param onEmpty called when all that began are done */
function createShared(closes: number, due: number, onEmpty: () => void): Shared {
  const controller = new AbortController();
  const { signal } = controller;
  const rejects = new Set<(reason: unknown) => void>();
  const shared: Shared = {
    ...{ signal, closes, due, under: 0 },
    bound: (work) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) reject(signal.reason as Error);
        else rejects.add(reject);
        const isOver = (): void => {
          rejects.delete(reject);
        };
        work.then(resolve, reject).finally(isOver); // which rejects never
      }),
    done() {
      shared.under -= 1;
      if (shared.under === 0) onEmpty();
    },
    abort(reason) {
      controller.abort(reason);
      for (const reject of rejects) reject(reason);
      rejects.clear();
    },
  };
  return shared;
}
