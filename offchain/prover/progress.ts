import { ProverError } from "./errors.ts";

/** Told what is being done, and how much of it: 0 to 1, absent where nobody can say. */
export type OnProgress = (step: string, fraction?: number) => void;

/** What every long step takes. */
export type StepOptions = {
  readonly onProgress?: OnProgress;
  /** Checked between the parts of a step; what runs inside a part is finished first. */
  readonly signal?: AbortSignal;
};

/** @throws {ProverError} `ABORTED` once the signal has fired. */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new ProverError({ code: "ABORTED" }, { cause: signal.reason });
}
