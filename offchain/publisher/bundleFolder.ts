import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Release, ReleaseId } from "@vouch/protocol";
import { parseReleaseId, releaseId } from "@vouch/protocol";
import { PublisherError } from "./errors.ts";

/** What bundles of tensors and of text share: a folder named after the release, there whole or not at all. */

/** Has `write` fill a folder, which is there whole or not at all; one that is there already is left as it is. */
export async function writeFolder(
  folder: string,
  write: (part: string) => Promise<void>,
  mode = 0o777,
): Promise<void> {
  if (existsSync(folder)) return;
  const part = `${folder}.${process.pid}.part`;
  await mkdir(part, { recursive: true, mode });
  try {
    await write(part);
    await rename(part, folder);
  } catch (cause) {
    await rm(part, { recursive: true, force: true });
    if (!existsSync(folder)) throw cause; // another may have written it meanwhile
  }
}

/** Writes a document for people to read, too. */
export function writeJson(path: string, value: unknown, mode = 0o644): Promise<void> {
  return writeFile(path, `${JSON.stringify(value, null, 2)}\n`, { mode });
}

/**
 * Returns the folder of a release.
 *
 * @throws {PublisherError} `BUNDLE_MISSING`.
 */
export function requireFolder(root: string, id: ReleaseId): string {
  const folder = join(root, id);
  if (existsSync(folder)) return folder;
  throw new PublisherError({ code: "BUNDLE_MISSING", release: id, folder: root });
}

/**
 * Reads a part of a bundle.
 *
 * @throws {PublisherError} `BUNDLE_MALFORMED` where it cannot be read, or `parse` throws.
 */
export function readPart<T>(path: string, parse: (bytes: Buffer) => T): T {
  try {
    return parse(readFileSync(path));
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    throw new PublisherError({ code: "BUNDLE_MALFORMED", path, reason }, { cause });
  }
}

/** Reads a document of a bundle, as `readPart` does. */
export function readJson<T>(path: string, parse: (json: unknown) => T): T {
  return readPart(path, (bytes) => parse(JSON.parse(bytes.toString("utf8"))));
}

/**
 * Demands that a description, read from `path`, is of the release that its folder is named after.
 *
 * @throws {PublisherError} `BUNDLE_MALFORMED`.
 */
export function requireDescribes(path: string, release: Release, id: ReleaseId): void {
  const derived = releaseId(release);
  if (derived === id) return;
  const reason = `it describes release ${derived}`;
  throw new PublisherError({ code: "BUNDLE_MALFORMED", path, reason });
}

/** Returns the ids of all releases that have a folder below `root`, in no order. */
export function listFolders(root: string): ReleaseId[] {
  if (!existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => /^0x[0-9a-f]{64}$/.test(name))
    .map(parseReleaseId);
}

/** Reads every bundle below `root` that can be read; a damaged one is passed to `onDamaged`. */
export function readFolders<T>(
  root: string,
  read: (root: string, id: ReleaseId) => T,
  onDamaged: (error: PublisherError) => void,
): T[] {
  return listFolders(root).flatMap((id) => {
    try {
      return [read(root, id)];
    } catch (error) {
      if (!(error instanceof PublisherError)) throw error;
      onDamaged(error);
      return [];
    }
  });
}
