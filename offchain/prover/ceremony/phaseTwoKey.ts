import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { ProverError } from "../errors.ts";
import { readZkeyHeader, ZKEY_SECTION } from "../zkeyFile.ts";
import type { ZkeyHeader } from "../zkeyFile.ts";
import { decodeContributions } from "./contributionRecords.ts";
import type { ContributionRecords } from "./contributionRecords.ts";

/** A Groth16 zkey that takes part in a ceremony. */
export type PhaseTwoKey = ZkeyHeader & {
  readonly path: string;
  readonly records: ContributionRecords;
};

/** Where a section lies in a file. */
export type Section = { readonly at: number; readonly length: number };

const SECTIONS = Object.values(ZKEY_SECTION);
const HEAD_BYTES = 12;
const COPY_BYTES = 1 << 20;

/**
 * Reads header and contributions of a zkey whose sections are exactly those of a Groth16 key, once each, with nothing
 * between or behind them: readers that take the first of two sections, or the last, see the same.
 *
 * @throws {ProverError} `ZKEY_INVALID`.
 */
export async function readPhaseTwoKey(path: string): Promise<PhaseTwoKey> {
  const header = await readZkeyHeader(path);
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const used = [...header.sections.values()].reduce(
      (sum, it) => sum + it.length + HEAD_BYTES,
      12,
    );
    if (header.sections.size !== SECTIONS.length || used !== size) {
      const reason = "it does not have each section of a Groth16 key once, and nothing else";
      throw new ProverError({ code: "ZKEY_INVALID", file: path, reason });
    }
    const records = await readSection(file, sectionOf(header, path, ZKEY_SECTION.contributions));
    return { ...header, path, records: decodeContributions(records, path) };
  } finally {
    await file.close();
  }
}

/** @throws {ProverError} `ZKEY_INVALID` where it is missing. */
export function sectionOf(
  { sections }: Pick<ZkeyHeader, "sections">,
  path: string,
  id: number,
): Section {
  const section = sections.get(id);
  if (section !== undefined) return section;
  throw new ProverError({ code: "ZKEY_INVALID", file: path, reason: `section ${id} is missing` });
}

export async function readSection(file: FileHandle, { at, length }: Section): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) throw new Error("a file became shorter while it was read");
    done += bytesRead;
  }
  return bytes;
}

/** A section in pieces of at most 1 MiB. */
export async function* sectionChunks(
  file: FileHandle,
  { at, length }: Section,
): AsyncGenerator<Uint8Array, undefined> {
  for (let done = 0; done < length; done += COPY_BYTES) {
    const size = Math.min(COPY_BYTES, length - done);
    yield await readSection(file, { at: at + done, length: size });
  }
}

/** Whether two sections of two files have the same bytes. */
export async function isSameSection(
  a: readonly [FileHandle, Section],
  b: readonly [FileHandle, Section],
): Promise<boolean> {
  if (a[1].length !== b[1].length) return false;
  const other = sectionChunks(...b);
  for await (const chunk of sectionChunks(...a)) {
    const { done, value } = await other.next();
    if (done === true || Buffer.compare(chunk, value) !== 0) return false;
  }
  return true;
}
