import { statfs } from "node:fs/promises";
import { messageOf } from "../messageOf.ts";

/**
 * Bytes below which nothing new is locked. What is locked already is run, signed and settled with what is left: the database may
 * take a segment of its log, 16 MiB, at any statement.
 */
const RESERVE_BYTES = 2 ** 26;

/** Returns why the disk of a folder bears no new locks; undefined where it does. */
export async function lowDisk(folder: string): Promise<string | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free >= RESERVE_BYTES) return undefined;
    return `${mebibytes(free)} MiB are free below ${folder}, and ${mebibytes(RESERVE_BYTES)} are kept for what is locked: make room`;
  } catch (error) {
    return `${folder} cannot be looked at: ${messageOf(error)}`;
  }
}

function mebibytes(bytes: number): number {
  return Math.floor(bytes / 2 ** 20);
}
