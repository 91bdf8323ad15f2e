import { createHash } from "node:crypto";
import type { Brand } from "@vouch/protocol";
import { CID } from "multiformats/cid";
import { create } from "multiformats/hashes/digest";
import { StorageError } from "./errors.ts";

/** CIDv1 of SHA-256 in base32, of a leaf or of a node of a DAG: the address of a block, and of what it is the root of. */
export type ContentId = string & Brand<"ContentId">;

const RAW = 0x55;
const DAG_PB = 0x70;
const SHA_256 = 0x12;
const MAX_TEXT = 128;

/** @throws {StorageError} `CONTENT_ID_INVALID`. */
export function parseContentId(text: string): ContentId {
  try {
    if (text.length > MAX_TEXT) throw new RangeError("it is too long");
    return idOf(CID.parse(text));
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    throw new StorageError(
      { code: "CONTENT_ID_INVALID", text, reason: "it cannot be read" },
      { cause },
    );
  }
}

/**
 * Returns the id of a CID as libraries have it.
 *
 * @throws {StorageError} `CONTENT_ID_INVALID` for another version, codec or hash.
 */
export function idOf(cid: CID): ContentId {
  const refuse = (reason: string): never => {
    throw new StorageError({ code: "CONTENT_ID_INVALID", text: cid.toString(), reason });
  };
  if (cid.version !== 1) refuse("it is of version 0");
  if (cid.code !== RAW && cid.code !== DAG_PB) refuse(`its codec is ${cid.code}`);
  if (cid.multihash.code !== SHA_256 || cid.multihash.size !== 32) refuse("its hash is another");
  return cid.toString() as ContentId;
}

/** Returns the CID of an id, as libraries take it. */
export function cidOf(id: ContentId): CID {
  return CID.parse(id);
}

/** Whether the id is of a leaf: bytes, with nothing below them. */
export function isLeaf(id: ContentId): boolean {
  return cidOf(id).code === RAW;
}

/** Returns the id of a leaf. */
export function leafId(bytes: Uint8Array): ContentId {
  return hashedAs(RAW, bytes);
}

/** Returns the id of a node in dag-pb. */
export function nodeId(bytes: Uint8Array): ContentId {
  return hashedAs(DAG_PB, bytes);
}

/**
 * Demands that bytes are the block of an id.
 *
 * @throws {StorageError} `BLOCK_CORRUPT`.
 */
export function requireBlock(block: ContentId, bytes: Uint8Array): void {
  const found = hashedAs(cidOf(block).code, bytes);
  if (found !== block) throw new StorageError({ code: "BLOCK_CORRUPT", block, found });
}

function hashedAs(codec: number, bytes: Uint8Array): ContentId {
  const digest = create(SHA_256, createHash("sha256").update(bytes).digest());
  return CID.createV1(codec, digest).toString() as ContentId;
}
