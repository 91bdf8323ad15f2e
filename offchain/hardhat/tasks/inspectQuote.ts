import type { QuoteExplanation, QuoteOutcome } from "@vouch/attestation";
import {
  AttestationError,
  crossCheckQuote,
  explainQuote,
  type PlatformCollateral,
  platformModelOf,
  readQuote,
} from "@vouch/attestation";
import { simulatedRoot } from "@vouch/attestation/simulated";
import { openCollateral } from "./enclaveArguments.ts";
import { explanationTables } from "./explanationTables.ts";
import { hexed } from "./hexed.ts";
import type { Inspection } from "./inspection.ts";
import { exitCodeOf, FORGEABLE, isForgeable, SIMULATED } from "./inspection.ts";
import { inRed } from "./markWeak.ts";
import { printTables } from "./printTables.ts";
import { TaskError } from "./taskError.ts";

/** What an inspection is asked to take into account. */
export type InspectOptions = {
  /** A file, a folder or the URL of a service; empty for none. */
  readonly collateral: string;
  /** Seconds since the epoch. */
  readonly time: number;
  /** Whether a library of others is asked too. */
  readonly independent: boolean;
  /** Whether what stems from a published root is taken. */
  readonly simulated: boolean;
};

/** Explains a DCAP quote: every field, chain, verdict, and the reason for a refusal with its remedy. */
export async function inspectQuote(
  bytes: Uint8Array,
  { collateral: from, time, independent, simulated: taken }: InspectOptions,
): Promise<Inspection> {
  const collateral =
    from === "" ? undefined : await openCollateral(from)(platformModelOf(readQuote(bytes)));
  const explained = explainQuote(bytes, { time, ...(collateral && { collateral }) });
  const opinion = independent ? secondOpinion(bytes, explained, time, collateral) : undefined;
  const { outcome, simulated } = explained;
  const lines = [
    ...(simulated ? [inRed(SIMULATED), ""] : []),
    printTables(explanationTables(explained)),
    "",
    isForgeable(outcome.status, simulated, taken) ? inRed(FORGEABLE) : outcomeLine(outcome),
    ...(opinion === undefined ? [] : [`Another verifier: ${opinion}`]),
  ];
  return {
    text: lines.join("\n"),
    json: hexed({
      ...explained,
      outcome: { ...outcome, simulated },
      ...(opinion === undefined ? {} : { secondOpinion: opinion }),
    }),
    exitCode: exitCodeOf(outcome.status, simulated, taken),
  };
}

function outcomeLine(outcome: QuoteOutcome): string {
  switch (outcome.status) {
    case "verified": {
      const { tcb, advisories } = outcome;
      return `VERIFIED, ${[tcb, ...advisories].join(", ")}.`;
    }
    case "refused":
      return inRed(`REFUSED, by ${outcome.check}: ${outcome.reason}.\n${outcome.remedy}`);
    case "read":
      return `READ ONLY: nothing failed, and not all was tried, so it is not verified.\n${outcome.remedy}`;
  }
}

function secondOpinion(
  bytes: Uint8Array,
  { simulated }: QuoteExplanation,
  time: number,
  collateral: PlatformCollateral | undefined,
): string {
  if (collateral === undefined) {
    throw new TaskError("ARGUMENT_INVALID", "--independent takes --collateral to judge by.");
  }
  const root = simulated ? simulatedRoot().certificate : undefined;
  try {
    const { status, advisories } = crossCheckQuote(bytes, collateral, time, root);
    return [status, ...advisories].join(", ");
  } catch (error) {
    if (error instanceof AttestationError) return error.message;
    throw error;
  }
}
