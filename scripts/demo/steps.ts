import { markWeak } from "../../offchain/hardhat/tasks/markWeak.ts";

/** A line of the closing table; `gas` is absent where nothing was sent. */
export type Step = { readonly name: string; readonly ms?: number; readonly gas?: bigint };

/** Collects steps as they happen and prints each with its time and gas. */
export type StepLog = {
  readonly heading: (text: string) => void;
  readonly note: (text: string) => void;
  readonly add: (step: Step) => void;
  readonly run: <T>(
    name: string,
    work: () => Promise<T>,
    gasOf?: (value: T) => bigint,
  ) => Promise<T>;
  readonly steps: readonly Step[];
};

/** Prints to the terminal. */
export function createStepLog(): StepLog {
  const steps: Step[] = [];
  const add = (step: Step): void => {
    steps.push(step);
    console.log(`  ${formatStep(step)}`);
  };
  return {
    steps,
    add,
    heading(text) {
      console.log(`\n${text}`);
    },
    note(text) {
      console.log(markWeak(`    ${text}`));
    },
    async run(name, work, gasOf) {
      const start = performance.now();
      const value = await work();
      const gas = gasOf?.(value);
      add({ name, ms: performance.now() - start, ...(gas === undefined ? {} : { gas }) });
      return value;
    },
  };
}

/** One line: name, wall time, gas. */
export function formatStep({ name, ms, gas }: Step): string {
  const time =
    ms === undefined
      ? ""
      : ms >= 1_000
        ? `${(ms / 1_000).toFixed(2)} s`
        : `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
  const spent = gas === undefined ? "" : `${gas.toLocaleString("en-US")} gas`;
  return `${name.padEnd(58)} ${time.padStart(9)}  ${spent.padStart(14)}`;
}
