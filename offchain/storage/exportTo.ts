import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { Blocks } from "./blocks.ts";
import type { ContentId } from "./contentId.ts";
import { StorageError } from "./errors.ts";
import type { Limits } from "./measure.ts";
import { measure } from "./measure.ts";
import { readNode } from "./nodes.ts";

export type ExportOptions = {
  readonly blocks: Blocks;
  readonly limits?: Limits;
  /** Called with each piece of a file as it is written: what hashes it needs not read it again. */
  readonly onBytes?: (path: string, bytes: Uint8Array) => void;
  readonly signal?: AbortSignal;
};

/**
 * Writes a file or folder out of its blocks, whole or not at all; every block is verified as it is read. Nothing outside of `target` is
 * written: names are names, and the folder is made here.
 *
 * @throws {StorageError} `TARGET_EXISTS`; as `measure`; the signal's reason.
 */
export async function exportTo(
  root: ContentId,
  target: string,
  { limits, ...options }: ExportOptions,
): Promise<void> {
  const path = resolve(target);
  await measure(root, { blocks: options.blocks, ...(limits === undefined ? {} : { limits }) });
  await requireFree(path);
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.${randomBytes(6).toString("hex")}.part`;
  try {
    await write(root, part, "", options);
    await requireFree(path);
    await rename(part, path);
  } catch (error) {
    await rm(part, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Gives the bytes of a file, in order.
 *
 * @throws {StorageError} `BLOCK_MISSING`, `BLOCK_CORRUPT`; `NODE_INVALID` for a folder.
 */
export async function* readFileOf(
  root: ContentId,
  { blocks }: Pick<ExportOptions, "blocks">,
): AsyncGenerator<Uint8Array> {
  const node = readNode(root, await blocks.get(root));
  if (node.kind === "leaf") {
    yield node.bytes;
    return;
  }
  if (node.kind === "folder")
    throw new StorageError({ code: "NODE_INVALID", block: root, reason: "it is a folder" });
  for (const { id } of node.parts) yield* readFileOf(id, { blocks });
}

async function write(
  id: ContentId,
  path: string,
  shown: string,
  options: Omit<ExportOptions, "limits">,
): Promise<void> {
  const node = readNode(id, await options.blocks.get(id));
  if (node.kind === "folder") {
    await mkdir(path); // its own: it throws where something is there
    for (const { name, id: below } of node.entries)
      await write(below, join(path, name), shown === "" ? name : `${shown}/${name}`, options);
    return;
  }
  const file = await open(path, "wx");
  try {
    for await (const bytes of readFileOf(id, options)) {
      options.signal?.throwIfAborted();
      options.onBytes?.(shown, bytes);
      await file.writeFile(bytes);
    }
  } finally {
    await file.close();
  }
}

async function requireFree(path: string): Promise<void> {
  const there = await stat(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  });
  if (there !== undefined) throw new StorageError({ code: "TARGET_EXISTS", path });
}
