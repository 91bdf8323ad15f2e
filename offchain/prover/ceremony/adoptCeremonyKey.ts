import type { CircuitArtefacts } from "../buildCircuit.ts";
import { contentId } from "@vouch/protocol";
import { readFile } from "node:fs/promises";
import { ProverError } from "../errors.ts";
import { domainPower } from "../setup/constraintTerms.ts";
import { obtainPtau } from "../setup/obtainPtau.ts";
import type { PtauOptions } from "../setup/obtainPtau.ts";
import type { Setup } from "../setup/setup.ts";
import { readVerifyingKey } from "../zkeyFile.ts";
import { verifyCeremony } from "./verifyCeremony.ts";

/**
 * Takes the final key of a ceremony that was held elsewhere as this circuit's set-up, once it is verified from the r1cs and
 * the public powers of tau on. Its class is `unverified`, as that of every ceremony until others attest it.
 *
 * @throws {ProverError} those of `verifyCeremony` and `obtainPtau`; `SETUP_MISMATCH` if the artefacts' r1cs changed.
 */
export async function adoptCeremonyKey(
  artefacts: CircuitArtefacts,
  zkey: string,
  options: PtauOptions,
): Promise<Setup> {
  if (contentId(await readFile(artefacts.r1cs)) !== artefacts.hash) {
    throw new ProverError({ code: "SETUP_MISMATCH", part: "the r1cs file" });
  }
  const { path, pin } = await obtainPtau(domainPower(artefacts), options);
  const powers = { path, blake2b: pin.hash, origin: "public" } as const;
  const { transcripts } = await verifyCeremony({ r1cs: artefacts.r1cs, powers, zkey }, options);
  const key = await readVerifyingKey(zkey);
  return { zkey, key, class: "unverified", transcript: transcripts.current };
}
