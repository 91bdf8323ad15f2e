import { createNode, decode, encode, prepare } from "@ipld/dag-pb";
import { UnixFS } from "ipfs-unixfs";
import type { ContentId } from "./contentId.ts";
import { cidOf, idOf, isLeaf, nodeId } from "./contentId.ts";
import { StorageError } from "./errors.ts";
import { requireName } from "./requireName.ts";

/** A part of a file: its block, and the bytes of the file that are in it and below it. */
export type Part = { readonly id: ContentId; readonly bytes: number };
export type Entry = { readonly name: string; readonly id: ContentId };

/** What a block is: bytes, a file in parts, or a folder. */
export type Node =
  | { readonly kind: "leaf"; readonly bytes: Uint8Array }
  | { readonly kind: "file"; readonly parts: readonly Part[]; readonly bytes: number }
  | { readonly kind: "folder"; readonly entries: readonly Entry[] };

/**
 * Reads a block. Of UnixFS it takes files whose bytes are all in leaves, and folders in one block: what `importPath` makes, and Kubo for
 * `--cid-version=1`. Symbolic links, sharded folders, modes and times are refused.
 *
 * @param bytes the block of `id`, by `requireBlock`
 * @throws {StorageError} `NODE_INVALID`, `NAME_INVALID`.
 */
export function readNode(id: ContentId, bytes: Uint8Array): Node {
  if (isLeaf(id)) return { kind: "leaf", bytes };
  const refuse = (reason: string, cause?: unknown): never => {
    throw new StorageError({ code: "NODE_INVALID", block: id, reason }, { cause });
  };
  const { node, fs } = unmarshal(bytes, refuse);
  if (fs.type === "directory") {
    const entries = node.Links.map(({ Name, Hash }) => ({
      name: requireName(Name ?? ""),
      id: idOf(Hash),
    }));
    if (new Set(entries.map(({ name }) => name.toLowerCase())).size !== entries.length)
      refuse("two entries of a folder have one name");
    return { kind: "folder", entries };
  }
  if (fs.type !== "file") return refuse(`it is of the type ${fs.type}`);
  if ((fs.data?.length ?? 0) > 0) return refuse("it has bytes beside its parts");
  if (fs.blockSizes.length !== node.Links.length)
    return refuse("it does not say how long its parts are");
  const parts = node.Links.map(({ Hash }, i) => ({
    id: idOf(Hash),
    bytes: lengthOf(fs.blockSizes[i]),
  }));
  if (parts.some((part) => part.bytes === 0)) return refuse("a part of it is empty");
  const sum = parts.reduce((all, part) => all + part.bytes, 0);
  if (!Number.isSafeInteger(sum)) return refuse("it is too long");
  return { kind: "file", parts, bytes: sum };
}

/** A node of a file. */
export function fileNode(parts: readonly (Part & { readonly size: number })[]): Made {
  const fs = new UnixFS({ type: "file", blockSizes: parts.map(({ bytes }) => BigInt(bytes)) });
  return madeOf(
    fs,
    parts.map(({ id, size }) => ({ name: "", id, size })),
  );
}

/** A node of a folder; entries by the order of their names. */
export function folderNode(entries: readonly (Entry & { readonly size: number })[]): Made {
  return madeOf(new UnixFS({ type: "directory" }), entries);
}

/** A block with its id, and what a link to it says of the bytes of all blocks from it on. */
export type Made = { readonly id: ContentId; readonly block: Uint8Array; readonly size: number };

function madeOf(
  fs: UnixFS,
  links: readonly { readonly name: string; readonly id: ContentId; readonly size: number }[],
): Made {
  const all = links.map(({ name, id, size }) => ({ Name: name, Hash: cidOf(id), Tsize: size }));
  const block = encode(prepare(createNode(fs.marshal(), all)));
  const size = links.reduce((sum, link) => sum + link.size, block.length);
  return { id: nodeId(block), block, size };
}

function unmarshal(
  bytes: Uint8Array,
  refuse: (reason: string, cause?: unknown) => never,
): { readonly node: ReturnType<typeof decode>; readonly fs: UnixFS } {
  try {
    const node = decode(bytes);
    return { node, fs: UnixFS.unmarshal(node.Data ?? new Uint8Array()) };
  } catch (cause) {
    return refuse("it cannot be read", cause);
  }
}

function lengthOf(length: bigint | undefined): number {
  return length === undefined || length > BigInt(Number.MAX_SAFE_INTEGER)
    ? Infinity
    : Number(length);
}
