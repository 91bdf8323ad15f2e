import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ContentId } from "./contentId.ts";
import { parseContentId, requireBlock } from "./contentId.ts";
import { StorageError } from "./errors.ts";

/** As much as IPFS moves in one: larger blocks are asked of nobody, and made by nobody here. */
export const MAX_BLOCK_BYTES = 2 << 20;

/** Blocks that this machine keeps. */
export type Blocks = {
  readonly has: (id: ContentId) => Promise<boolean>;
  /**
   * Returns a block, whose bytes are the id's.
   *
   * @throws {StorageError} `BLOCK_MISSING`; `BLOCK_CORRUPT`, and then it is no longer there.
   */
  readonly get: (id: ContentId) => Promise<Uint8Array>;
  /** @throws {StorageError} `BLOCK_CORRUPT`, `BLOCK_TOO_LARGE`. */
  readonly put: (id: ContentId, bytes: Uint8Array) => Promise<void>;
  readonly remove: (id: ContentId) => Promise<void>;
  /** Gives every block, with the time in ms at which it was last put. */
  readonly list: () => AsyncIterable<{ readonly id: ContentId; readonly putAt: number }>;
};

/** Blocks in files of a folder, each whole or not there at all; what the disk damaged is found out when it is read. */
export function diskBlocks(folder: string): Blocks {
  // Two characters before the last tell 1,024 folders apart: the first of an id are the same for all.
  const pathOf = (id: ContentId): string => join(folder, id.slice(-3, -1), id);
  return {
    async has(id) {
      return (await stat(pathOf(id)).catch(absent)) !== undefined;
    },
    async get(id) {
      const bytes = await readFile(pathOf(id)).catch(absent);
      if (bytes === undefined) throw new StorageError({ code: "BLOCK_MISSING", block: id });
      try {
        requireBlock(id, bytes);
      } catch (error) {
        await rm(pathOf(id), { force: true });
        throw error;
      }
      return bytes;
    },
    async put(id, bytes) {
      if (bytes.length > MAX_BLOCK_BYTES)
        throw new StorageError({ code: "BLOCK_TOO_LARGE", block: id, limit: MAX_BLOCK_BYTES });
      requireBlock(id, bytes);
      const path = pathOf(id);
      const there = await stat(path).catch(absent);
      if (there?.size === bytes.length) return touch(path); // or else it is damaged, and written anew
      await writeWhole(path, bytes);
    },
    async remove(id) {
      await rm(pathOf(id), { force: true });
    },
    async *list() {
      for (const shard of (await readdir(folder).catch(absent)) ?? [])
        for (const name of (await readdir(join(folder, shard)).catch(absent)) ?? []) {
          const there = name.endsWith(".part")
            ? undefined
            : await stat(join(folder, shard, name)).catch(absent);
          if (there !== undefined) yield { id: parseContentId(name), putAt: there.mtimeMs };
        }
    },
  };
}

/** So that what is put again is as young as what is put: it is not swept while whoever put it is at work. */
async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now);
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const part = `${path}.${randomBytes(6).toString("hex")}.part`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(part, "wx");
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

function absent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
