import type { Policy } from "@vouch/protocol";
import { MAX_TRANSACTION_GAS } from "@vouch/protocol";

/** What `ExactGasCall` demands to be left beside 64/63 of the callback's gas. */
const CALL_RESERVE = 30_000;
/** A signature beside the proof, and balances that are opened. */
const MARGIN = 150_000;
/** Of one alternative that the policy names: it may ask who attested a circuit, each segment's in a slot of its own. */
const GAS_PER_REQUIREMENT = 10_000;
const GAS_PER_ATTESTATION = 2_500;

/**
 * Returns the gas that a callback may take at most in the transaction that settles its request; below zero where not even
 * the settlement fits.
 *
 * @param settlement gas of verification and settlement
 * @param policy the release's floor and the request's own
 * @param segments number of the release's circuits
 */
export function callbackRoom(settlement: number, policy: Policy, segments: number): number {
  const requirements = policy.allOf.flatMap(({ anyOf }) => anyOf).length;
  const judging = requirements * (GAS_PER_REQUIREMENT + segments * GAS_PER_ATTESTATION);
  const left = MAX_TRANSACTION_GAS - settlement - judging - MARGIN - CALL_RESERVE;
  return Math.floor((left * 63) / 64);
}
