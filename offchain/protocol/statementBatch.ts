import type { TypedDataDomain, TypedDataField } from "ethers";
import { id } from "ethers";
import { ProtocolError } from "./errors.ts";
import type { Hex } from "./hex.ts";
import { hashOfHex, parseBytes32, wordOfHash } from "./hex.ts";
import type { Domain } from "./statement.ts";
import { domainSeparator, typedDataDigest, typedDataDomain } from "./statementDomain.ts";

/** A statement in a batch. */
export type BatchLeaf = {
  /** The statement's, under the domain in which the root is signed. */
  readonly digest: Hex;
  /** 32 random bytes, the first sibling: whoever sees a neighbour's path cannot guess at this statement by it. */
  readonly salt: Hex;
};

/** Statements under one root, and the path of each to it. */
export type StatementBatch = { readonly root: Hex; readonly paths: readonly (readonly Hex[])[] };

/** The tree over statements: their salts, and its nodes level by level, from the statements beside their salts to the root. */
export type StatementTree = {
  readonly salts: readonly Hex[];
  readonly levels: readonly (readonly Hex[])[];
};

/** A batch in the form that `signTypedData` takes. */
export type StatementBatchTypedData = {
  readonly domain: TypedDataDomain;
  readonly types: Record<string, TypedDataField[]>;
  readonly value: { readonly root: Hex };
};

/** Most statements of a batch: their paths have 21 siblings. */
export const MAX_STATEMENT_BATCH: number = 2 ** 20;

const BATCH_TYPES: Record<string, TypedDataField[]> = {
  StatementBatch: [{ name: "root", type: "bytes32" }],
};
const BATCH_TYPE_HASH = id("StatementBatch(bytes32 root)") as Hex;

/**
 * Returns root and paths of the tree over statements.
 *
 * @throws {ProtocolError} as `statementTree`.
 */
export function statementBatch(leaves: readonly BatchLeaf[]): StatementBatch {
  const tree = statementTree(leaves);
  return { root: rootOf(tree), paths: pathsOf(tree) };
}

/**
 * Returns the tree over statements in order (docs/statement.md, section 10): what has no partner on its level goes up as it
 * is.
 *
 * @throws {ProtocolError} `BATCH_COUNT` for no statements, or more than 2^20; `HEX_INVALID`.
 */
export function statementTree(leaves: readonly BatchLeaf[]): StatementTree {
  const count = leaves.length;
  if (count === 0 || count > MAX_STATEMENT_BATCH)
    throw new ProtocolError({ code: "BATCH_COUNT", count, limit: MAX_STATEMENT_BATCH });
  const salts = leaves.map(({ salt }) => lowerWord(salt));
  let level = leaves.map(({ digest }, i) => nodeOf(lowerWord(digest), salts[i] ?? digest)); // as many salts
  const levels = [level];
  while (level.length > 1) {
    level = pairsOf(level);
    levels.push(level);
  }
  return { salts, levels };
}

/** Returns the root of a tree. */
export function rootOf({ levels }: StatementTree): Hex {
  const root = levels.at(-1)?.[0];
  if (root === undefined) throw new RangeError("a level of a tree has a node");
  return root;
}

/** Returns the path of each statement of a tree. */
export function pathsOf({ salts, levels }: StatementTree): readonly (readonly Hex[])[] {
  return salts.map((salt, i) => {
    const path = [salt];
    for (let height = 0, place = i; height < levels.length; height++, place >>= 1) {
      const sibling = levels[height]?.[place ^ 1];
      if (sibling !== undefined) path.push(sibling);
    }
    return path;
  });
}

/**
 * Returns the root that a path leads to from a statement's digest; the digest itself where there is no path.
 *
 * @throws {ProtocolError} `HEX_INVALID` for a sibling that is not 32 bytes.
 */
export function batchRootOf(digest: Hex, path: readonly Hex[]): Hex {
  return path.reduce((node, sibling) => nodeOf(node, parseBytes32(sibling)), parseBytes32(digest));
}

/** Returns a batch ready for a wallet to sign. */
export function statementBatchTypedData(domain: Domain, root: Hex): StatementBatchTypedData {
  return { domain: typedDataDomain(domain), types: BATCH_TYPES, value: { root } };
}

/**
 * Returns the EIP-712 digest of a batch.
 *
 * @throws {ProtocolError} `HEX_INVALID` for a root that is not 32 bytes, or a router that is not 20.
 */
export function statementBatchDigest(domain: Domain, root: Hex): Hex {
  const structHash = hashOfHex([BATCH_TYPE_HASH, parseBytes32(root)]);
  return typedDataDigest(domainSeparator(domain), structHash);
}

function pairsOf(level: readonly Hex[]): Hex[] {
  const above: Hex[] = [];
  for (let i = 0; i < level.length; i += 2) {
    const [left, right] = [level[i], level[i + 1]];
    if (left !== undefined) above.push(right === undefined ? left : nodeOf(left, right));
  }
  return above;
}

/** That it is hex is seen to where it is hashed. */
function lowerWord(word: Hex): Hex {
  return wordOfHash(word).toLowerCase() as Hex;
}

/** Hash of a pair in sorted order; both are lower-case and of one length, so they sort as their numbers do. */
function nodeOf(a: Hex, b: Hex): Hex {
  return hashOfHex(a < b ? [a, b] : [b, a]);
}
