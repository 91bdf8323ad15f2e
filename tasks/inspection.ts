/** What an inspection found, for people and for programs. */
export type Inspection = {
  readonly text: string;
  readonly json: unknown;
  /** 0 verified, 1 refused, 2 only read: not all was tried. */
  readonly exitCode: 0 | 1 | 2;
};

/** What stands above whatever stems from a published root. */
export const SIMULATED =
  "SIMULATED: it stems from a root whose private key is published, and proves nothing.";
