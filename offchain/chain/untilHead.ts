import type { Chain } from "./asker.ts";

/** Waits for a hint of a new head, for so many milliseconds at most; returns at once when the signal aborts. */
export function untilHead(
  chain: Pick<Chain, "onHead"> | undefined,
  ms: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      leave?.();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    const leave = chain?.onHead?.(done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
