import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CircuitArtefacts } from "../../buildCircuit.ts";
import { ProverError } from "../../errors.ts";
import type { Ptau } from "../../setup/obtainPtau.ts";
import type { CommittedSetup } from "../committedSetup.ts";
import { readCommittedVerifyingKey } from "../keyFile.ts";
import type { CommittedGroups } from "../keyFile.ts";
import { startCommittedCeremony } from "./startCeremony.ts";
import { verifyCommittedUpdate } from "./verifyCommittedUpdate.ts";

/**
 * Checks a commit-and-prove key from the r1cs and the powers of tau on: the key that contributions began from is made again,
 * and the contributions are verified against it. Whether the powers of tau are what they claim is for who obtained them.
 *
 * @returns the set-up, whose transcript is the hash of the last contribution, and who contributed
 * @throws {ProverError} `CONTRIBUTION_MISSING`; those of `startCommittedCeremony` and `verifyCommittedUpdate`.
 */
export async function verifyCommittedSetup(
  artefacts: CircuitArtefacts,
  groups: CommittedGroups,
  ptau: Pick<Ptau, "path">,
  zkey: string,
): Promise<{ readonly setup: CommittedSetup; readonly names: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), "vouch-ceremony-"));
  try {
    const first = join(folder, "0.zkey");
    const start = await startCommittedCeremony(artefacts, groups, ptau, first);
    const { names, hash } = await verifyCommittedUpdate(first, zkey, start);
    if (names.length === 0) throw new ProverError({ code: "CONTRIBUTION_MISSING" });
    const key = await readCommittedVerifyingKey(zkey);
    return { setup: { zkey, key, groups, class: "unverified", transcript: hash }, names };
  } finally {
    await rm(folder, { recursive: true });
  }
}
