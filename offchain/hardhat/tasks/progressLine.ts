import type { OnProgress } from "@vouch/prover";

/** Where long steps report, and the end of the last one. */
export type ProgressLine = { readonly onProgress: OnProgress; readonly done: () => void };

/**
 * Shows what is under way, how far it is and how long it has taken: a line that renews itself in a terminal, elsewhere one
 * line a step and another every ten seconds. Silent where output is for machines.
 */
export function progressLine(silent: boolean): ProgressLine {
  if (silent) return { onProgress: () => undefined, done: () => undefined };
  const terminal = process.stderr.isTTY;
  const period = terminal ? 500 : 10_000;
  let step = "";
  let fraction: number | undefined;
  let startedAt = 0;
  let timer: NodeJS.Timeout | undefined;

  const print = (end: string): void => {
    const percent = fraction === undefined ? "" : ` ${Math.round(fraction * 100)}%`;
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    const elapsed = seconds < 2 ? "" : ` (${seconds} s)`;
    process.stderr.write(`${terminal ? "\r\x1b[K" : ""}  … ${step}${percent}${elapsed}${end}`);
  };

  const done = (): void => {
    clearInterval(timer);
    if (terminal && step !== "") print("\n");
    step = "";
  };

  return {
    done,
    onProgress(nextStep, nextFraction) {
      if (nextStep !== step) {
        done();
        step = nextStep;
        startedAt = performance.now();
        fraction = nextFraction;
        print(terminal ? "" : "\n");
        timer = setInterval(print, period, terminal ? "" : "\n").unref();
      }
      fraction = nextFraction;
    },
  };
}
