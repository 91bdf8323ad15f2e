import { SEGMENT_VERIFICATION_GAS, singleOf } from "@vouch/protocol";
import type { ServedRelease } from "./servedRelease.ts";

/** From `test/snapshots/committedGas.json`: `fulfil` by a commit-and-prove proof beside one by a plain proof, 410,040 and 347,266. */
const COMMITTED_GAS = 63_000;

/**
 * Returns the gas of verifying what proves a release beside that of one plain proof. Of proofs that are verified together, a
 * commit-and-prove one takes less than that more.
 */
export function furtherGas({ circuit, models }: Pick<ServedRelease, "circuit" | "models">): number {
  return singleOf(circuit).system === "committedGroth16"
    ? COMMITTED_GAS
    : (models.length - 1) * SEGMENT_VERIFICATION_GAS;
}
