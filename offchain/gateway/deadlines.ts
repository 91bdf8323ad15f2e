/** What is under way, each with a signal that its end takes back. */
export type Deadlines = {
  readonly begin: () => { readonly signal: AbortSignal; readonly done: () => void };
};

/**
 * Returns signals that abort after `milliseconds`, or with `stopping`. `AbortSignal.any` and `AbortSignal.timeout` do the same for
 * several times the cost, and leave a timer for each. All have the same time, so that the one that began first is over first: one timer
 * waits for it.
 */
export function createDeadlines(milliseconds: number, stopping: AbortSignal): Deadlines {
  /** When each is over, in the order of their beginnings. */
  const running = new Map<AbortController, number>();
  let timer: NodeJS.Timeout | undefined;

  const abortDue = (): void => {
    timer = undefined;
    const now = performance.now();
    for (const [controller, due] of running) {
      if (due > now) {
        wait(due - now);
        return;
      }
      running.delete(controller);
      controller.abort(new DOMException("the time is over", "TimeoutError"));
    }
  };
  const wait = (time: number): void => {
    timer ??= setTimeout(abortDue, time).unref();
  };
  stopping.addEventListener(
    "abort",
    () => {
      for (const it of running.keys()) it.abort(stopping.reason);
    },
    { once: true },
  );
  return {
    begin() {
      const controller = new AbortController();
      if (stopping.aborted) controller.abort(stopping.reason);
      running.set(controller, performance.now() + milliseconds);
      if (timer === undefined) wait(milliseconds);
      return {
        signal: controller.signal,
        done() {
          running.delete(controller);
        },
      };
    },
  };
}
