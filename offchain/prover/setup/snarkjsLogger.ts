import type { Logger } from "snarkjs";

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
