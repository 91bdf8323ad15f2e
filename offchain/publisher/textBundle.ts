import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ReleaseId } from "@vouch/protocol";
import { parseTextManifest, releaseSchema, releaseToJson } from "@vouch/protocol";
import {
  listFolders,
  readFolders,
  readJson,
  requireDescribes,
  requireFolder,
  writeFolder,
  writeJson,
} from "./bundleFolder.ts";
import type { PublisherError } from "./errors.ts";
import { readTextFiles } from "./textFolder.ts";
import type { TextRelease } from "./textRelease.ts";

const FILES = "files";

/**
 * Writes a text release below `texts`, with its files copied from its folder, whole or not at all; one that is there
 * already is left as it is. Returns it with its new folder.
 *
 * @throws {PublisherError} what `readTextFiles` throws.
 */
export async function writeTextBundle(texts: string, release: TextRelease): Promise<TextRelease> {
  await writeFolder(join(texts, release.id), async (part) => {
    await copyFiles(release, join(part, FILES));
    await writeJson(join(part, "manifest.json"), release.manifest);
    await writeJson(join(part, "release.json"), releaseToJson(release.release));
  });
  return readTextBundle(texts, release.id);
}

/**
 * Reads a text release; checks that it is the one that its folder is named after. Its files are checked when they are
 * read: `readTextFiles`, `verifyTextRelease`.
 *
 * @throws {PublisherError} `BUNDLE_MISSING`, `BUNDLE_MALFORMED`.
 */
export function readTextBundle(texts: string, id: ReleaseId): TextRelease {
  const folder = requireFolder(texts, id);
  const path = join(folder, "release.json");
  const release = readJson(path, (json) => releaseSchema.parse(json));
  const manifest = readJson(join(folder, "manifest.json"), parseTextManifest);
  requireDescribes(path, release, id);
  return {
    id,
    release,
    manifest,
    ...(manifest.source.kind === "files" ? { folder: join(folder, FILES) } : {}),
  };
}

/**
 * Returns every text release that can be read, in no order; a damaged one is passed to `onDamaged` and must not keep the others
 * from being used.
 */
export function readTextBundles(
  texts: string,
  onDamaged: (error: PublisherError) => void = () => undefined,
): TextRelease[] {
  return readFolders(texts, readTextBundle, onDamaged);
}

/** Returns the ids of all text releases below `texts`, in no order. */
export function listTextBundles(texts: string): ReleaseId[] {
  return listFolders(texts);
}

/** Copies what was hashed, not what the folder holds by then. */
async function copyFiles(
  { manifest: { source }, folder = "." }: TextRelease,
  to: string,
): Promise<void> {
  if (source.kind !== "files") return;
  for (const [path, bytes] of await readTextFiles(folder, source)) {
    await mkdir(dirname(join(to, path)), { recursive: true });
    await writeFile(join(to, path), bytes);
  }
}
