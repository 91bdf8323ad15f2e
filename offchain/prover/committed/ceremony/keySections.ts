import { open } from "node:fs/promises";
import type { Hex } from "@vouch/protocol";
import { contentId, hexToBytes } from "@vouch/protocol";
import { ProverError } from "../../errors.ts";
import { encodeZkey, encodeZkeyHeader, ZKEY_SECTION } from "../../zkeyFile.ts";
import type { CommittedGroups, CommittedHeader } from "../keyFile.ts";
import { COMMITTED_SECTION, readCommittedHeader, readCommittedSection } from "../keyFile.ts";
import type { CommittedContributions } from "./contributionRecord.ts";
import { decodeContributions } from "./contributionRecord.ts";

/** A key with its sections in memory. */
export type CommittedKeyFile = {
  readonly path: string;
  readonly header: CommittedHeader;
  readonly sections: ReadonlyMap<number, Uint8Array>;
  readonly contributions: CommittedContributions;
};

const CHUNK_BYTES = 1 << 24;

/** @throws {ProverError} `ZKEY_INVALID`. */
export async function readKeyFile(path: string): Promise<CommittedKeyFile> {
  const header = await readCommittedHeader(path);
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

/** Writes a key with other sections, and other points of delta, in the place of some. */
export async function writeKeyFile(
  { header, sections }: CommittedKeyFile,
  to: string,
  changed: ReadonlyMap<number, Uint8Array>,
  delta: { readonly delta1: Uint8Array; readonly delta2: Uint8Array },
): Promise<void> {
  const points = { ...header.points, ...delta };
  const all = [...sections].map(([id, content]) => {
    const own = id === ZKEY_SECTION.header ? encodeZkeyHeader({ ...header, points }) : content;
    return [id, changed.get(id) ?? own] as const;
  });
  const file = await open(to, "wx");
  try {
    for (const part of encodeZkey(all)) {
      for (let at = 0; at < part.length; at += CHUNK_BYTES)
        await file.writeFile(part.subarray(at, at + CHUNK_BYTES));
    }
  } finally {
    await file.close();
  }
}

/** Sections that no contribution changes. */
export const FIXED_SECTIONS: readonly number[] = [
  ...[ZKEY_SECTION.protocol, ZKEY_SECTION.ic, ZKEY_SECTION.coefficients],
  ...[ZKEY_SECTION.a, ZKEY_SECTION.b1, ZKEY_SECTION.b2],
  ...[COMMITTED_SECTION.groups, COMMITTED_SECTION.bases],
];

/** Hash that the first contribution stands upon: of the r1cs, of what phase 1 made of it, and of the groups. */
export function ceremonyStartHash(
  r1cs: Hex,
  circuitHash: Uint8Array,
  { weights, advice }: CommittedGroups,
): Hex {
  return contentId(
    Buffer.concat([
      Buffer.from(`vouch.ceremony.committed.v1 ${weights} ${advice} `),
      hexToBytes(r1cs),
      circuitHash,
    ]),
  );
}
