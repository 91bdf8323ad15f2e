import type { Logger } from "snarkjs";
import { withSharedCurve } from "../curve.ts";
import { ProverError } from "../errors.ts";

/** What snarkjs told a logger: it reports most refusals there and returns false, -1 or crashes later. */
export type LoggedErrors = { readonly logger: Logger; readonly errors: readonly string[] };

/** A logger that keeps errors and hands information to `onInfo`. */
export function collectErrors(onInfo: (message: string) => void = () => undefined): LoggedErrors {
  const errors: string[] = [];
  const ignore = (): void => undefined;
  return {
    errors,
    logger: {
      debug: ignore,
      info: onInfo,
      warn: ignore,
      error: (message) => {
        errors.push(message);
      },
    },
  };
}

/**
 * Runs a step of snarkjs.
 *
 * @throws {ProverError} `SETUP_FAILED` with what it said, where it throws, or returns false or -1.
 */
export async function runSnarkjs<T>(work: (logger: Logger) => Promise<T | -1 | false>): Promise<T> {
  const { logger, errors } = collectErrors();
  const failure = (reason: string, cause?: unknown): ProverError =>
    new ProverError({ code: "SETUP_FAILED", reason }, { cause });
  const result = await withSharedCurve(() => work(logger)).catch((cause: unknown) => {
    throw failure(cause instanceof Error ? cause.message : String(cause), cause);
  });
  if (result === -1 || result === false) throw failure(errors.join("; "));
  return result;
}
