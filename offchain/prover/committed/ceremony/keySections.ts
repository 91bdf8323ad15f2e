import { stat } from "node:fs/promises";
import type { Hex } from "@vouch/protocol";
import { ProverError } from "../../errors.ts";
import { writeFileWhole } from "../../writeFileWhole.ts";
import { encodeZkey, encodeZkeyHeader, ZKEY_SECTION } from "../../zkeyFile.ts";
import type { CommittedHeader } from "../keyFile.ts";
import { COMMITTED_SECTION, readCommittedHeader, readCommittedSection } from "../keyFile.ts";
import type { CommittedContributions } from "./contributionRecord.ts";
import { committedStart, decodeContributions } from "./contributionRecord.ts";

/** A key with its sections in memory. */
export type CommittedKeyFile = {
  readonly path: string;
  readonly header: CommittedHeader;
  readonly sections: ReadonlyMap<number, Uint8Array>;
  readonly contributions: CommittedContributions;
};

const SECTIONS = [...Object.values(ZKEY_SECTION), ...Object.values(COMMITTED_SECTION)];
const HEAD_BYTES = 12;

/**
 * Reads a key that has each section once and nothing else, so that readers which take the first of two see the same.
 *
 * @throws {ProverError} `ZKEY_INVALID`.
 */
export async function readKeyFile(path: string): Promise<CommittedKeyFile> {
  const header = await readCommittedHeader(path);
  const lengths = [...header.sections.values()].map(({ length }) => length + HEAD_BYTES);
  const used = lengths.reduce((sum, it) => sum + it, HEAD_BYTES);
  if (header.sections.size !== SECTIONS.length || used !== (await stat(path)).size) {
    const reason = "it does not have each section of a commit-and-prove key once, and nothing else";
    throw new ProverError({ code: "ZKEY_INVALID", file: path, reason });
  }
  const sections = new Map<number, Uint8Array>();
  for (const id of header.sections.keys()) sections.set(id, await readCommittedSection(path, id));
  const last = sections.get(ZKEY_SECTION.contributions) ?? new Uint8Array();
  return { path, header, sections, contributions: decodeContributions(last, path) };
}

/** Bytes of a section that `readCommittedHeader` saw to. */
export function sectionOf({ sections, path }: CommittedKeyFile, id: number): Uint8Array {
  const section = sections.get(id);
  if (section === undefined)
    throw new ProverError({ code: "ZKEY_INVALID", file: path, reason: `section ${id} is missing` });
  return section;
}

/** Writes a key with other sections, and other points of delta, in the place of some; returns the file's sha256. */
export async function writeKeyFile(
  { header, sections }: CommittedKeyFile,
  to: string,
  changed: ReadonlyMap<number, Uint8Array>,
  delta: { readonly delta1: Uint8Array; readonly delta2: Uint8Array },
): Promise<string> {
  const points = { ...header.points, ...delta };
  const all = [...sections].map(([id, content]) => {
    const own = id === ZKEY_SECTION.header ? encodeZkeyHeader({ ...header, points }) : content;
    return [id, changed.get(id) ?? own] as const;
  });
  return writeFileWhole(to, encodeZkey(all));
}

/** Reads the hash that a key's first contribution stands upon. */
export async function readCommittedStart(path: string): Promise<Hex> {
  const { groups } = await readCommittedHeader(path);
  const section = await readCommittedSection(path, ZKEY_SECTION.contributions);
  return committedStart(decodeContributions(section, path).circuitHash, groups);
}

/** Sections that no contribution changes. */
export const FIXED_SECTIONS: readonly number[] = [
  ...[ZKEY_SECTION.protocol, ZKEY_SECTION.ic, ZKEY_SECTION.coefficients],
  ...[ZKEY_SECTION.a, ZKEY_SECTION.b1, ZKEY_SECTION.b2],
  ...[COMMITTED_SECTION.groups, COMMITTED_SECTION.bases],
];
