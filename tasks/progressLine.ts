import type { OnProgress } from "@vouch/prover";

/** Prints what is under way and, at most twice a second, how far it is; silent where output is for machines. */
export function progressLine(silent: boolean): OnProgress {
  if (silent) return () => undefined;
  let last = "";
  let printedAt = 0;
  return (step, fraction) => {
    const now = performance.now();
    if (step === last && now - printedAt < 500 && fraction !== 1) return;
    const percent = fraction === undefined ? "" : ` ${Math.round(fraction * 100)}%`;
    if (process.stderr.isTTY)
      process.stderr.write(`\r\x1b[K  … ${step}${percent}${fraction === 1 ? "\n" : ""}`);
    else if (step !== last) process.stderr.write(`  … ${step}\n`);
    last = step;
    printedAt = now;
  };
}
