import { createReadStream } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Blocks } from "./blocks.ts";
import type { ContentId } from "./contentId.ts";
import { leafId } from "./contentId.ts";
import { StorageError } from "./errors.ts";
import type { Made } from "./nodes.ts";
import { fileNode, folderNode } from "./nodes.ts";
import { requireName } from "./requireName.ts";

/** Bytes of a leaf, and parts of a node: the profile `unixfs-v1-2025` of IPFS (IPIP-499), so that others come to the same ids. */
export const LEAF_BYTES = 1 << 20;
export const NODE_PARTS = 1024;

export type ImportOptions = {
  readonly blocks: Blocks;
  /** Called with the bytes that were read so far. */
  readonly onProgress?: (bytes: number) => void;
  readonly signal?: AbortSignal;
};

/** What was stored: its root, and the bytes of its files. */
export type Imported = { readonly root: ContentId; readonly bytes: number };

/** What is made of a part of a file: `bytes` are the file's, `size` those of its blocks. */
type Piece = { readonly id: ContentId; readonly bytes: number; readonly size: number };

/**
 * Stores a file or a folder with all that is in it, of any length: no file is in memory as a whole. The same content has the same root,
 * wherever it is stored.
 *
 * @throws {StorageError} `PATH_UNFIT` for links, devices and sockets, `NAME_INVALID`; the signal's reason.
 */
export async function importPath(path: string, options: ImportOptions): Promise<Imported> {
  const progress = { bytes: 0 };
  const { id, bytes } = await storePath(path, options, progress);
  return { root: id, bytes };
}

async function storePath(
  path: string,
  options: ImportOptions,
  progress: { bytes: number },
): Promise<Piece> {
  const stats = await lstat(path);
  if (stats.isFile()) return storeFile(path, options, progress);
  if (!stats.isDirectory()) {
    const reason = stats.isSymbolicLink() ? "it is a link" : "it is neither a file nor a folder";
    throw new StorageError({ code: "PATH_UNFIT", path, reason });
  }
  const entries: (Piece & { readonly name: string })[] = [];
  for (const name of (await readdir(path)).sort())
    entries.push({
      ...(await storePath(join(path, name), options, progress)),
      name: requireName(basename(name)),
    });
  const made = await storeMade(folderNode(entries), options);
  return { ...made, bytes: entries.reduce((sum, it) => sum + it.bytes, 0) };
}

async function storeFile(
  path: string,
  options: ImportOptions,
  progress: { bytes: number },
): Promise<Piece> {
  const levels = fileLevels(options);
  // `stat` came before: what is a link by now is not followed.
  const stream = createReadStream(path, { highWaterMark: LEAF_BYTES });
  for await (const chunk of leaves(stream)) {
    options.signal?.throwIfAborted();
    const id = leafId(chunk);
    await options.blocks.put(id, chunk);
    await levels.add({ id, bytes: chunk.length, size: chunk.length });
    options.onProgress?.((progress.bytes += chunk.length));
  }
  return levels.end();
}

/** Gathers parts into nodes, level by level, so that no more than a node's parts of each level are in memory. */
function fileLevels(options: ImportOptions): {
  readonly add: (piece: Piece, level?: number) => Promise<void>;
  readonly end: () => Promise<Piece>;
} {
  const open: Piece[][] = [[]];
  const close = async (pieces: readonly Piece[]): Promise<Piece> => ({
    ...(await storeMade(fileNode(pieces), options)),
    bytes: pieces.reduce((sum, { bytes }) => sum + bytes, 0),
  });
  const add = async (piece: Piece, level = 0): Promise<void> => {
    const row = (open[level] ??= []);
    if (row.length === NODE_PARTS) await add(await close(row.splice(0)), level + 1);
    row.push(piece);
  };
  return {
    add,
    async end() {
      for (let level = 0; ; level++) {
        const row = open[level] ?? [];
        const isTop = open.slice(level + 1).every((it) => it.length === 0);
        const [only] = row;
        if (isTop && row.length === 1 && only !== undefined) return only;
        const made = await close(row.splice(0));
        if (isTop) return made;
        await add(made, level + 1);
      }
    },
  };
}

async function storeMade(
  { id, block, size }: Made,
  { blocks }: ImportOptions,
): Promise<{ readonly id: ContentId; readonly size: number }> {
  await blocks.put(id, block);
  return { id, size };
}

/** Chunks of a leaf each; one of nothing where there is nothing. */
async function* leaves(stream: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  let held: Buffer[] = [];
  let length = 0;
  let count = 0;
  for await (let chunk of stream) {
    while (length + chunk.length >= LEAF_BYTES) {
      const taken = LEAF_BYTES - length;
      yield Buffer.concat([...held, chunk.subarray(0, taken)]);
      count++;
      chunk = chunk.subarray(taken);
      held = [];
      length = 0;
    }
    held.push(chunk);
    length += chunk.length;
  }
  if (length > 0 || count === 0) yield Buffer.concat(held);
}
