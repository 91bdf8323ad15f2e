import { chmod } from "node:fs/promises";

/**
 * Takes every permission to write from a finished key file. The native prover maps such files and copies all others: a
 * mapped file that somebody cuts ends the process. A key is replaced by rename, never written to again.
 */
export async function sealKey(path: string): Promise<void> {
  await chmod(path, 0o444);
}
