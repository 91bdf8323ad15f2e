import type { Blocks } from "./blocks.ts";
import type { ContentId } from "./contentId.ts";
import { StorageError } from "./errors.ts";
import type { Node } from "./nodes.ts";
import { readNode } from "./nodes.ts";

/** What somebody else's content may be at most, as it is unfolded: a part that is in many places counts in each. */
export type Limits = {
  /** Of all files. */
  readonly bytes: number;
  /** Files, folders and parts. */
  readonly blocks: number;
};

/** A model of 64 GiB; a million leaves, and what holds them. */
export const DEFAULT_LIMITS: Limits = { bytes: 64 * 2 ** 30, blocks: 1 << 20 };

/** Of folders and nodes: a file of the largest limit has three. */
export const MAX_LEVELS = 32;

type Measured = { readonly bytes: number; readonly blocks: number };

/**
 * Measures what is below a root, and demands that each part is as long as the node above says, so that a few blocks that refer to each
 * other do not become a disk full of files.
 *
 * @throws {StorageError} `BLOCK_MISSING`, `BLOCK_CORRUPT`, `NODE_INVALID`, `NAME_INVALID`, `CONTENT_TOO_LARGE`.
 */
export async function measure(
  root: ContentId,
  { blocks, limits = DEFAULT_LIMITS }: { readonly blocks: Blocks; readonly limits?: Limits },
): Promise<Measured> {
  const known = new Map<ContentId, Measured>();
  const over = (what: "bytes" | "blocks" | "levels", limit: number): never => {
    throw new StorageError({ code: "CONTENT_TOO_LARGE", root, what, limit });
  };

  async function measured(id: ContentId, level: number): Promise<Measured> {
    const earlier = known.get(id);
    if (earlier !== undefined) return earlier;
    if (level > MAX_LEVELS) return over("levels", MAX_LEVELS);
    const node = readNode(id, await blocks.get(id));
    let [bytes, count] = node.kind === "leaf" ? [node.bytes.length, 1] : [0, 1];
    for (const child of childrenOf(node)) {
      const below = await measured(child.id, level + 1);
      requireLength(child, below.bytes);
      bytes += below.bytes;
      count += below.blocks;
      if (bytes > limits.bytes) over("bytes", limits.bytes);
      if (count > limits.blocks) over("blocks", limits.blocks);
    }
    const sum = { bytes, blocks: count };
    known.set(id, sum);
    return sum;
  }

  const all = await measured(root, 0);
  return all.bytes > limits.bytes ? over("bytes", limits.bytes) : all;
}

/** What is below a node, with what the node says of its length. */
export type Child = { readonly id: ContentId; readonly bytes?: number };

export function childrenOf(node: Node): readonly Child[] {
  if (node.kind === "leaf") return [];
  return node.kind === "file" ? node.parts : node.entries.map(({ id }) => ({ id }));
}

/** @throws {StorageError} `NODE_INVALID`. */
export function requireLength({ id, bytes }: Child, found: number): void {
  if (bytes === undefined || bytes === found) return;
  const reason = `it has ${found} bytes, and the node above says ${bytes}`;
  throw new StorageError({ code: "NODE_INVALID", block: id, reason });
}
