import { randomBytes } from "node:crypto";
import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ReleaseId } from "@vouch/protocol";
import { parseReleaseId } from "@vouch/protocol";
import { z } from "zod";
import type { Blocks } from "./blocks.ts";
import type { ContentId } from "./contentId.ts";
import { parseContentId } from "./contentId.ts";
import { StorageError } from "./errors.ts";
import { childrenOf } from "./measure.ts";
import { readNode } from "./nodes.ts";

/** Which content is kept, by the releases that it is of. */
export type Pins = {
  /** In the place of what was pinned for the release. */
  readonly pin: (release: ReleaseId, root: ContentId) => Promise<void>;
  readonly unpin: (release: ReleaseId) => Promise<void>;
  /** @throws {StorageError} `PIN_MALFORMED`: what cannot be read may be all that keeps a release. */
  readonly list: () => Promise<readonly Pin[]>;
};

export type Pin = { readonly release: ReleaseId; readonly root: ContentId };

const pinSchema = z.object({ root: z.string().transform(parseContentId) });

/** Pins in files of a folder, one for each release. */
export function openPins(folder: string): Pins {
  const pathOf = (release: ReleaseId): string => join(folder, `${release}.json`);
  return {
    async pin(release, root) {
      await mkdir(folder, { recursive: true });
      const part = `${pathOf(release)}.${randomBytes(6).toString("hex")}.part`;
      await writeFile(part, `${JSON.stringify({ root })}\n`);
      await rename(part, pathOf(release));
    },
    async unpin(release) {
      await rm(pathOf(release), { force: true });
    },
    async list() {
      await mkdir(folder, { recursive: true });
      const names = (await readdir(folder)).filter((name) => /^0x[0-9a-f]{64}\.json$/.test(name));
      return Promise.all(
        names.map(async (name) => {
          const path = join(folder, name);
          try {
            const { root } = pinSchema.parse(JSON.parse(await readFile(path, "utf8")));
            return { release: parseReleaseId(name.slice(0, -5)), root };
          } catch (cause) {
            throw new StorageError({ code: "PIN_MALFORMED", path }, { cause });
          }
        }),
      );
    },
  };
}

/** Blocks younger than this are kept, pinned or not: somebody may be fetching or importing what they are of. */
export const KEEP_MS = 3_600_000;

/** What was found: pinned content of which blocks are missing is told of, and nothing of the rest is removed for it. */
export type Collected = {
  readonly removed: number;
  readonly kept: number;
  readonly incomplete: readonly Pin[];
};

/** Removes the blocks that no pin keeps. */
export async function collectGarbage(
  { blocks, pins }: { readonly blocks: Blocks; readonly pins: Pins },
  { keepMs = KEEP_MS, now = Date.now() }: { readonly keepMs?: number; readonly now?: number } = {},
): Promise<Collected> {
  const live = new Set<ContentId>();
  const incomplete: Pin[] = [];
  for (const pin of await pins.list())
    if (!(await mark(pin.root, blocks, live))) incomplete.push(pin);
  let removed = 0;
  let kept = 0;
  for await (const { id, putAt } of blocks.list()) {
    if (live.has(id) || now - putAt < keepMs) {
      kept++;
      continue;
    }
    await blocks.remove(id);
    removed++;
  }
  return { removed, kept, incomplete };
}

/** Marks what is below a root; returns whether all of it is there. Leaves are looked for and not read. */
async function mark(root: ContentId, blocks: Blocks, live: Set<ContentId>): Promise<boolean> {
  let isWhole = true;
  const left = [root];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    if (live.has(id)) continue;
    live.add(id);
    if (id.startsWith("bafk")) {
      isWhole &&= await blocks.has(id);
      continue;
    }
    try {
      left.push(...childrenOf(readNode(id, await blocks.get(id))).map((child) => child.id));
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      isWhole = false;
    }
  }
  return isWhole;
}
