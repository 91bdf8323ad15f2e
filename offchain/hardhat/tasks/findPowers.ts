import { mkdir } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { CeremonyPowers } from "@vouch/ceremony";
import { developmentPowers, hashFile, obtainPtau } from "@vouch/prover";
import type { OnProgress } from "@vouch/prover";

/**
 * Returns the powers of tau for circuits of 2^power rows: public ones from a file, the cache or the network, or, for
 * `development`, some that this machine makes for a rehearsal.
 */
export async function findPowers(
  ptau: string,
  power: number,
  { cache, onProgress }: { readonly cache: string; readonly onProgress: OnProgress },
): Promise<CeremonyPowers> {
  if (ptau !== "development") {
    const options = { cache, onProgress, ...(ptau === "" ? {} : { ptau: resolve(ptau) }) };
    const { path, pin } = await obtainPtau(power, options);
    return { path, origin: "public", blake2b: pin.hash, power: pin.power };
  }
  const folder = join(cache, "ptau");
  const path = join(folder, `development-${power}.ptau`);
  await mkdir(folder, { recursive: true });
  if (!existsSync(path)) await developmentPowers(power, path, { onProgress });
  return { path, origin: "development", blake2b: await hashFile(path, "blake2b512"), power };
}
