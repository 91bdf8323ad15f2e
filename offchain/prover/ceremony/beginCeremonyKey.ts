import { zKey } from "snarkjs";
import { runSnarkjs } from "../setup/snarkjsLogger.ts";

/**
 * Writes the key that a ceremony begins with: of no contribution, from prepared powers of tau. Everybody derives the same
 * bytes; proofs under it can be forged by anyone.
 *
 * @returns blake2b-512 of its contents, which binds circuit and phase 1
 * @throws {ProverError} `SETUP_FAILED`.
 */
export async function beginCeremonyKey(
  r1cs: string,
  powers: string,
  zkey: string,
): Promise<Uint8Array> {
  return runSnarkjs((logger) => zKey.newZKey(r1cs, powers, zkey, logger));
}
