import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ReleaseId } from "@vouch/protocol";
import {
  parseReleaseId,
  parseTextManifest,
  releaseId,
  releaseSchema,
  releaseToJson,
} from "@vouch/protocol";
import { PublisherError } from "./errors.ts";
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
  const target = join(texts, release.id);
  if (existsSync(target)) return readTextBundle(texts, release.id);
  const part = `${target}.${process.pid}.part`;
  await mkdir(part, { recursive: true });
  try {
    await copyFiles(release, join(part, FILES));
    await writeFile(join(part, "manifest.json"), pretty(release.manifest));
    await writeFile(join(part, "release.json"), pretty(releaseToJson(release.release)));
    await rename(part, target);
  } catch (cause) {
    await rm(part, { recursive: true, force: true });
    if (!existsSync(target)) throw cause; // another process may have written it meanwhile
  }
  return readTextBundle(texts, release.id);
}

/**
 * Reads a text release; checks that it is the one that its folder is named after. Its files are checked when they are
 * read: `readTextFiles`, `verifyTextRelease`.
 *
 * @throws {PublisherError} `BUNDLE_MISSING`, `BUNDLE_MALFORMED`.
 */
export function readTextBundle(texts: string, id: ReleaseId): TextRelease {
  const folder = join(texts, id);
  if (!existsSync(folder))
    throw new PublisherError({ code: "BUNDLE_MISSING", release: id, folder: texts });
  const release = read(join(folder, "release.json"), (json) => releaseSchema.parse(json));
  const manifest = read(join(folder, "manifest.json"), parseTextManifest);
  const derived = releaseId(release);
  if (derived !== id) {
    const reason = `it describes release ${derived}`;
    throw new PublisherError({
      code: "BUNDLE_MALFORMED",
      path: join(folder, "release.json"),
      reason,
    });
  }
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
  return listTextBundles(texts).flatMap((id) => {
    try {
      return [readTextBundle(texts, id)];
    } catch (error) {
      if (!(error instanceof PublisherError)) throw error;
      onDamaged(error);
      return [];
    }
  });
}

/** Returns the ids of all text releases below `texts`, in no order. */
export function listTextBundles(texts: string): ReleaseId[] {
  if (!existsSync(texts)) return [];
  return readdirSync(texts)
    .filter((name) => /^0x[0-9a-f]{64}$/.test(name))
    .map(parseReleaseId);
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

function read<T>(path: string, parse: (json: unknown) => T): T {
  try {
    return parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    throw new PublisherError({ code: "BUNDLE_MALFORMED", path, reason }, { cause });
  }
}

function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
