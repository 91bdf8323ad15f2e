import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** How the content of a cached folder is made and read. */
export type CacheEntry<T> = {
  /** The content, or `undefined` where the folder is absent, incomplete or damaged. */
  readonly load: (folder: string) => Promise<T | undefined>;
  /** Fills an empty folder with content that `load` accepts. */
  readonly build: (folder: string) => Promise<void>;
};

const pending = new Map<string, Promise<unknown>>();

/**
 * Returns the content of `folder`, made first where it is not there. The folder appears complete or not at all: it is
 * made beside its place and renamed. Where two processes make the same, both use what was renamed first; concurrent
 * calls in one process make it once, and where that call fails or is aborted, the next one tries itself.
 */
export function cachedFolder<T>(folder: string, entry: CacheEntry<T>): Promise<T> {
  const running = pending.get(folder) as Promise<T> | undefined;
  if (running !== undefined) return running.catch(() => cachedFolder(folder, entry));
  const result = loadOrBuild(folder, entry).finally(() => pending.delete(folder));
  pending.set(folder, result);
  return result;
}

async function loadOrBuild<T>(folder: string, { load, build }: CacheEntry<T>): Promise<T> {
  const cached = await load(folder);
  if (cached !== undefined) return cached;

  const draft = `${folder}.${randomBytes(6).toString("hex")}`;
  await mkdir(dirname(folder), { recursive: true });
  await mkdir(draft);
  try {
    await build(draft);
    await rename(draft, folder).catch(async (error: unknown) => {
      // Somebody was first, or what lies there is damaged.
      if ((await load(folder)) !== undefined) return;
      await rm(folder, { recursive: true, force: true });
      await rename(draft, folder).catch(() => {
        throw error;
      });
    });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }

  const built = await load(folder);
  if (built === undefined) throw new Error(`the cache entry ${folder} was damaged as it was made`);
  return built;
}

/** Hash of a file's content in hex, read as a stream. */
export async function hashFile(
  path: string,
  algorithm: "sha256" | "blake2b512",
  signal?: AbortSignal,
): Promise<string> {
  const hash = createHash(algorithm);
  const stream = createReadStream(path, signal === undefined ? {} : { signal });
  for await (const chunk of stream) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
