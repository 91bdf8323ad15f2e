/** What is under way, each with a signal that its end takes back. */
export type Deadlines = {
  readonly begin: () => { readonly signal: AbortSignal; readonly done: () => void };
};

/**
 * Returns signals that abort after `milliseconds`, or with `stopping`. `AbortSignal.any` and `AbortSignal.timeout` do the same for
 * several times the cost, and leave a timer for each.
 */
export function createDeadlines(milliseconds: number, stopping: AbortSignal): Deadlines {
  const running = new Set<AbortController>();
  stopping.addEventListener(
    "abort",
    () => {
      for (const it of running) it.abort(stopping.reason);
    },
    { once: true },
  );
  return {
    begin() {
      const controller = new AbortController();
      if (stopping.aborted) controller.abort(stopping.reason);
      running.add(controller);
      const timer = setTimeout(() => {
        controller.abort(new DOMException("the time is over", "TimeoutError"));
      }, milliseconds).unref();
      return {
        signal: controller.signal,
        done() {
          clearTimeout(timer);
          running.delete(controller);
        },
      };
    },
  };
}
