import type { CommittedKey } from "@vouch/protocol";
import { ProverError } from "../errors.ts";
import {
  coordinatesOfG2,
  G1_BYTES,
  G2_BYTES,
  readVerifyingKey,
  readZkeyHeader,
  readZkeySection,
  ZKEY_PROTOCOL,
  ZKEY_SECTION,
} from "../zkeyFile.ts";
import type { ZkeyHeader } from "../zkeyFile.ts";

/** Sections that a key of commit-and-prove has beside those of Groth16. */
export const COMMITTED_SECTION = {
  /** u32 number of groups, then for each u32 first wire, u32 count; the advice is the last. */
  groups: 11,
  /** Bases of all committed wires: `beta·A_i + alpha·B_i + C_i` at tau. */
  bases: 12,
  /** Those of the advice times sigma. */
  knowledge: 13,
  /** sigma times the generator of G2. */
  sigma: 14,
} as const;

/** Numbers of committed wires, the blind of each group included, which is its last; they follow the public wires. */
export type CommittedGroups = {
  /** 0 where the weights are constants of the circuit. */
  readonly weights: number;
  readonly advice: number;
};

/** What a commit-and-prove `.zkey` says of itself. */
export type CommittedHeader = ZkeyHeader & { readonly groups: CommittedGroups };

const MAX_DOMAIN = 2 ** 28;
const ENTRY_BYTES = 44;

/**
 * Reads what a key says of itself, and checks that every section is as long as that demands.
 *
 * @throws {ProverError} `ZKEY_INVALID`.
 */
export async function readCommittedHeader(path: string): Promise<CommittedHeader> {
  const header = await readZkeyHeader(path, ZKEY_PROTOCOL.committed);
  const { wires, publicSignals, domainSize, sections } = header;
  const groups = await readGroups(path, header);
  if (domainSize > MAX_DOMAIN || !Number.isInteger(Math.log2(domainSize)))
    throw invalid(path, `its domain has ${domainSize} points`);
  const committed = groups.weights + groups.advice;
  const others = wires - publicSignals - 1 - committed;
  if (others < 0) throw invalid(path, `it commits to ${committed} of ${wires} wires`);
  const lengths: Readonly<Record<number, number>> = {
    [ZKEY_SECTION.ic]: (publicSignals + 1) * G1_BYTES,
    [ZKEY_SECTION.a]: wires * G1_BYTES,
    [ZKEY_SECTION.b1]: wires * G1_BYTES,
    [ZKEY_SECTION.b2]: wires * G2_BYTES,
    [ZKEY_SECTION.c]: others * G1_BYTES,
    [ZKEY_SECTION.h]: domainSize * G1_BYTES,
    [COMMITTED_SECTION.bases]: committed * G1_BYTES,
    [COMMITTED_SECTION.knowledge]: groups.advice * G1_BYTES,
    [COMMITTED_SECTION.sigma]: G2_BYTES,
  };
  for (const [id, length] of Object.entries(lengths)) {
    const found = sections.get(Number(id))?.length;
    if (found !== length)
      throw invalid(path, `section ${id} has ${found ?? "no"} bytes, not ${length}`);
  }
  const coefficients = sections.get(ZKEY_SECTION.coefficients)?.length ?? 0;
  if (coefficients < 4 || (coefficients - 4) % ENTRY_BYTES !== 0)
    throw invalid(path, "section 4 is no list of coefficients");
  return { ...header, groups };
}

/**
 * Reads the verifying key that belongs to a proving key.
 *
 * @throws {ProverError} `ZKEY_INVALID`.
 */
export async function readCommittedVerifyingKey(path: string): Promise<CommittedKey> {
  await readCommittedHeader(path); // lengths
  const key = await readVerifyingKey(path, ZKEY_PROTOCOL.committed);
  const sigma = await readCommittedSection(path, COMMITTED_SECTION.sigma);
  return { ...key, sigma: coordinatesOfG2(sigma) };
}

/** Bytes of one section of a commit-and-prove key. */
export function readCommittedSection(path: string, id: number): Promise<Uint8Array<ArrayBuffer>> {
  return readZkeySection(path, id, ZKEY_PROTOCOL.committed);
}

/** Section 1. */
export function protocolSection(): Uint8Array {
  return new Uint8Array(new Uint32Array([ZKEY_PROTOCOL.committed]).buffer);
}

/** Section 11: the groups, one after the other, behind `publicSignals`. */
export function groupsSection(
  publicSignals: number,
  { weights, advice }: CommittedGroups,
): Uint8Array {
  const first = publicSignals + 1;
  const groups = [...(weights === 0 ? [] : [[first, weights]]), [first + weights, advice]];
  return new Uint8Array(new Uint32Array([groups.length, ...groups.flat()]).buffer);
}

async function readGroups(
  path: string,
  { publicSignals, wires }: ZkeyHeader,
): Promise<CommittedGroups> {
  const bytes = await readCommittedSection(path, COMMITTED_SECTION.groups);
  const view = new DataView(bytes.buffer);
  const count = bytes.length >= 4 ? view.getUint32(0, true) : 0;
  if ((count !== 1 && count !== 2) || bytes.length !== 4 + 8 * count)
    throw invalid(path, "it has neither one group of committed wires nor two");
  const counts: number[] = [];
  let next = publicSignals + 1;
  for (let at = 4; at < bytes.length; at += 8) {
    const [first, length] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    if (first !== next || length === 0 || length > wires)
      throw invalid(path, `a group of ${length} wires begins at ${first}, not at ${next}`);
    counts.push(length);
    next += length;
  }
  const [advice = 0, weights = 0] = counts.reverse();
  return { weights, advice };
}

function invalid(file: string, reason: string): ProverError {
  return new ProverError({ code: "ZKEY_INVALID", file, reason });
}
