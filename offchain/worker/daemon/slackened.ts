import type { Outcome } from "@vouch/queue";

/**
 * Who waits long is looked at less often, by this share of the time that it has waited: what cannot be done yet costs its sender next to
 * nothing, and a look at it some ten calls.
 */
const PATIENCE = 1 / 8;
const MAX_LATER_SECONDS = 600;

/** Returns an outcome that is put off for the longer the longer its item has waited; `since` in seconds since 1970. */
export function slackened(outcome: Outcome, since: number): Outcome {
  if (outcome.status !== "later") return outcome;
  const slack = Math.min((Date.now() / 1_000 - since) * PATIENCE, MAX_LATER_SECONDS);
  return { status: "later", seconds: Math.max(outcome.seconds, Math.floor(slack)) };
}
