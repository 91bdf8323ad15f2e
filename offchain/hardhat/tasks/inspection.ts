/** What an inspection found, for people and for programs. */
export type Inspection = {
  readonly text: string;
  readonly json: unknown;
  readonly exitCode: ExitCode;
};

/** 0 verified, 1 refused, 2 not verified: not all was tried, or all of it below a root by which anybody signs. */
export type ExitCode = 0 | 1 | 2;

/** What an inspection amounts to. */
export type InspectionStatus = "verified" | "refused" | "read";

/** What stands above whatever stems from a published root. */
export const SIMULATED =
  "SIMULATED: it stems from a root whose private key is published, and proves nothing.";

/** What stands below where every check passed all the same, and nobody said that such is wanted. */
export const FORGEABLE =
  "NOT VERIFIED: every check passed, below a published root, so anybody can have made it. --simulated takes it.";

const EXIT_CODES: Readonly<Record<InspectionStatus, ExitCode>> = {
  verified: 0,
  refused: 1,
  read: 2,
};

/** Returns whether something is verified by its checks alone: nobody asked for what is simulated. */
export function isForgeable(status: InspectionStatus, simulated: boolean, taken: boolean): boolean {
  return status === "verified" && simulated && !taken;
}

export function exitCodeOf(status: InspectionStatus, simulated: boolean, taken: boolean): ExitCode {
  return isForgeable(status, simulated, taken) ? EXIT_CODES.read : EXIT_CODES[status];
}
