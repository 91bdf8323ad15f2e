import type { ReleaseCircuit } from "@vouch/protocol";
import { circuitsOf, SEGMENT_VERIFICATION_GAS } from "@vouch/protocol";

/** Gas that verifying and settling one zk proof with a signature takes at most, with room to spare. */
export const DEFAULT_VERIFICATION_GAS = 600_000;

/** Returns the gas that verifying and settling takes at most for a release, by the number of circuits that prove it. */
export function verificationGasOf(circuit: ReleaseCircuit | null): number {
  const segments = circuit === null ? 1 : circuitsOf(circuit).length;
  return DEFAULT_VERIFICATION_GAS + (segments - 1) * SEGMENT_VERIFICATION_GAS;
}
