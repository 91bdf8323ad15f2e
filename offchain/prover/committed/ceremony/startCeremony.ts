import { readFile, rm, writeFile } from "node:fs/promises";
import { contentId } from "@vouch/protocol";
import { zKey } from "snarkjs";
import type { CircuitArtefacts } from "../../buildCircuit.ts";
import { withSharedCurve } from "../../curve.ts";
import { ProverError } from "../../errors.ts";
import type { Ptau } from "../../setup/obtainPtau.ts";
import { collectErrors } from "../../setup/snarkjsLogger.ts";
import {
  encodeZkey,
  G1_BYTES,
  readZkeyHeader,
  readZkeySection,
  ZKEY_SECTION,
} from "../../zkeyFile.ts";
import { requireBlinds } from "../committedSetup.ts";
import { COMMITTED_SECTION, groupsSection, protocolSection } from "../keyFile.ts";
import type { CommittedGroups } from "../keyFile.ts";
import { requireCommittedInputs } from "../requireCommittedInputs.ts";
import { encodeContributions } from "./contributionRecord.ts";

/**
 * Makes the key that contributions begin from, where delta and sigma are 1: anyone can forge under it. It is derived from
 * r1cs and powers of tau alone, so that anyone can make it again. snarkjs makes the plain key with delta 1; its section C
 * begins with the committed bases, undivided.
 *
 * @param zkey where it goes; nothing is there yet
 * @returns blake2b-512 of what phase 1 made of the circuit, as snarkjs computes it
 * @throws {ProverError} `COMMITTED_INPUTS`, `SETUP_MISMATCH`, `SETUP_FAILED`.
 */
export async function startCommittedCeremony(
  artefacts: Pick<CircuitArtefacts, "r1cs" | "hash">,
  groups: CommittedGroups,
  ptau: Pick<Ptau, "path">,
  zkey: string,
): Promise<Uint8Array> {
  const r1cs = await readFile(artefacts.r1cs);
  if (contentId(r1cs) !== artefacts.hash)
    throw new ProverError({ code: "SETUP_MISMATCH", part: "the r1cs file" });
  requireCommittedInputs(r1cs, groups);
  const plain = `${zkey}.plain`;
  try {
    const circuitHash = await makePlain(artefacts.r1cs, ptau.path, plain);
    const { publicSignals, points } = await readZkeyHeader(plain);
    const c = await readZkeySection(plain, ZKEY_SECTION.c);
    const split = (groups.weights + groups.advice) * G1_BYTES;
    const bases = c.subarray(0, split);
    requireBlinds(bases, groups);
    const copied = async (id: number): Promise<readonly [number, Uint8Array]> => [
      id,
      await readZkeySection(plain, id),
    ];
    const sections: readonly (readonly [number, Uint8Array])[] = [
      [ZKEY_SECTION.protocol, protocolSection()],
      await copied(ZKEY_SECTION.header),
      await copied(ZKEY_SECTION.ic),
      await copied(ZKEY_SECTION.coefficients),
      await copied(ZKEY_SECTION.a),
      await copied(ZKEY_SECTION.b1),
      await copied(ZKEY_SECTION.b2),
      [ZKEY_SECTION.c, c.subarray(split)],
      await copied(ZKEY_SECTION.h),
      [ZKEY_SECTION.contributions, encodeContributions({ circuitHash, records: [] })],
      [COMMITTED_SECTION.groups, groupsSection(publicSignals, groups)],
      [COMMITTED_SECTION.bases, bases],
      [COMMITTED_SECTION.knowledge, bases.subarray(groups.weights * G1_BYTES)],
      [COMMITTED_SECTION.sigma, points.gamma2],
    ];
    await writeFile(zkey, encodeZkey(sections), { flag: "wx" });
    return circuitHash;
  } finally {
    await rm(plain, { force: true });
  }
}

async function makePlain(r1cs: string, ptau: string, zkey: string): Promise<Uint8Array> {
  const { logger, errors } = collectErrors();
  const made = await withSharedCurve(() => zKey.newZKey(r1cs, ptau, zkey, logger)).catch(
    (cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ProverError({ code: "SETUP_FAILED", reason }, { cause });
    },
  );
  if (made === -1) throw new ProverError({ code: "SETUP_FAILED", reason: errors.join("; ") });
  return made;
}
