import { terminate as terminateCurve } from "./curve.ts";
import { closeProverKeys } from "./provers/chooseProver.ts";
import { closeTapes } from "./witness/tapes.ts";

/**
 * Waits for the work in progress, ends the curve's threads, without which the process does not exit, and closes the keys
 * and tapes that are kept open between proofs. Work begun later starts and opens them again.
 */
export async function terminate(): Promise<void> {
  await terminateCurve();
  closeProverKeys();
  closeTapes();
}
