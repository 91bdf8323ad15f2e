import type { OnProgress } from "@vouch/prover";

/** What is faster than this is not worth a line. */
const PATIENCE_MS = 2_000;
const PERIOD_MS = 10_000;

/** Where steps report, and the end of the last one. */
export type SlowProgress = { readonly onProgress: OnProgress; readonly done: () => void };

/**
 * Says what takes long: nothing for two seconds, then what is under way, again with each step and every ten seconds. It keeps no
 * process alive.
 */
export function slowProgress(what: string, write: (line: string) => void): SlowProgress {
  const startedAt = performance.now();
  let step = "";
  let said = "";
  const say = (): void => {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    said = step;
    write(`vouch: ${what}${step === "" ? "" : `: ${step}`} (${seconds} s)\n`);
  };
  const first = setTimeout(say, PATIENCE_MS).unref();
  const timer = setInterval(say, PERIOD_MS).unref();
  return {
    onProgress(next) {
      step = next;
      if (performance.now() - startedAt >= PATIENCE_MS && next !== said) say();
    },
    done() {
      clearTimeout(first);
      clearInterval(timer);
    },
  };
}
