import { AbiCoder, ZeroHash, concat, keccak256, toUtf8Bytes } from "ethers";
import type { Assurance } from "./assurance.ts";
import { ProtocolError } from "./errors.ts";
import { evidenceKindIndex } from "./evidence.ts";
import type { Hex } from "./hex.ts";
import { wordToHex } from "./hex.ts";
import type { EncodedVoucher, LedgerDomain, Voucher } from "./voucher.ts";
import { encodeVoucher, voucherDigest } from "./voucher.ts";

/** One receipt of a batch; its place in the list is its index. */
export type BatchEntry = {
  readonly voucher: Voucher;
  /** keccak256 of the output's words. */
  readonly outputHash: Hex;
  /** What the operator asks; at most the voucher's amount. */
  readonly amount: bigint;
  /** What the operator can prove if the item is disputed. */
  readonly claimed: Assurance;
};

/** An entry as contracts take it; mirrors `contracts/types/Batch.sol`. */
export type EncodedBatchItem = {
  readonly index: number;
  readonly voucher: EncodedVoucher;
  readonly outputHash: Hex;
  readonly amount: bigint;
  readonly claimed: Hex;
};

/** An item and its way to the root of a batch, as contracts take it. */
export type EncodedInclusion = {
  readonly batch: bigint;
  readonly item: EncodedBatchItem;
  readonly proof: Hex[];
};

/** All levels of a tree, the leaves (padded to a power of two) first, the root last. */
export type ReceiptTree = { readonly count: number; readonly levels: readonly (readonly Hex[])[] };

/** Most leaves of a tree. */
export const MAX_BATCH_COUNT: number = 2 ** 20;

const LEAF_TAG = keccak256(toUtf8Bytes("vouch.receipt.leaf.v1"));

/** Returns an assurance in one word: its fields, the first lowest and the tolerance on top (`contracts/libraries/Assurances.sol`). */
export function packAssurance(assurance: Assurance): Hex {
  const kinds = assurance.kinds.reduce((bits, kind) => bits | (1 << evidenceKindIndex(kind)), 0);
  const { developmentSetup, unattestedSetup, simulatedEnclave } = assurance;
  const { externalVerifier, quorumArbitration, vouchedEnclave } = assurance;
  const flags =
    Number(developmentSetup) |
    (Number(unattestedSetup) << 1) |
    (Number(simulatedEnclave) << 2) |
    (Number(externalVerifier) << 3) |
    (Number(quorumArbitration) << 4) |
    (Number(vouchedEnclave) << 5);
  const { quorumK, quorumN, minTcb } = assurance;
  const bytes = [kinds, flags, quorumK, quorumN, minTcb].reduce(
    (word, byte, i) => word | (BigInt(byte) << BigInt(8 * i)),
    0n,
  );
  const { window, stakeAtRisk, tolerance } = assurance;
  return wordToHex(
    bytes | (BigInt(window) << 40n) | (stakeAtRisk << 80n) | (BigInt(tolerance) << 208n),
  );
}

/** Returns an entry in its on-chain form. */
export function encodeBatchItem(entry: BatchEntry, index: number): EncodedBatchItem {
  const { voucher, outputHash, amount, claimed } = entry;
  return {
    index,
    voucher: encodeVoucher(voucher),
    outputHash,
    amount,
    claimed: packAssurance(claimed),
  };
}

/** Returns the leaf of an entry: a hash of a hash, tied to chain and ledger by the voucher's digest. */
export function receiptLeaf(domain: LedgerDomain, entry: BatchEntry, index: number): Hex {
  const { voucher, outputHash, amount, claimed } = entry;
  const item = { index, outputHash, amount, claimed: packAssurance(claimed) };
  return itemLeaf(domain, voucher, item);
}

/** Returns the leaf of an item whose claim is packed, as `receiptLeaf` does. */
export function itemLeaf(
  domain: LedgerDomain,
  voucher: Voucher,
  { index, outputHash, amount, claimed }: Omit<EncodedBatchItem, "voucher">,
): Hex {
  const inner = AbiCoder.defaultAbiCoder().encode(
    ["bytes32", "bytes32", "uint32", "bytes32", "uint128", "bytes32"],
    [LEAF_TAG, voucherDigest(domain, voucher), index, outputHash, amount, claimed],
  );
  return keccak256(keccak256(inner)) as Hex;
}

/**
 * Returns the tree over leaves in order, padded with zero to the next power of two.
 *
 * @throws {ProtocolError} `BATCH_COUNT` for no leaves, or more than 2^20.
 */
export function receiptTree(leaves: readonly Hex[]): ReceiptTree {
  const count = leaves.length;
  if (count === 0 || count > MAX_BATCH_COUNT)
    throw new ProtocolError({ code: "BATCH_COUNT", count, limit: MAX_BATCH_COUNT });
  const width = 2 ** Math.ceil(Math.log2(count));
  let level: Hex[] = [...leaves];
  while (level.length < width) level.push(ZeroHash as Hex);
  const levels = [level];
  while (level.length > 1) {
    const below = level;
    level = Array.from({ length: below.length / 2 }, (_, i) => {
      return keccak256(concat([nodeAt(below, 2 * i), nodeAt(below, 2 * i + 1)])) as Hex;
    });
    levels.push(level);
  }
  return { count, levels };
}

/** Returns the root of a tree. */
export function receiptRoot(tree: ReceiptTree): Hex {
  return nodeAt(tree.levels.at(-1) ?? [], 0);
}

/**
 * Returns the siblings from the leaf's to the one below the root.
 *
 * @throws {ProtocolError} `BATCH_INDEX` for an index that has no leaf.
 */
export function receiptProof(tree: ReceiptTree, index: number): Hex[] {
  if (!Number.isInteger(index) || index < 0 || index >= tree.count)
    throw new ProtocolError({ code: "BATCH_INDEX", index, count: tree.count });
  return tree.levels.slice(0, -1).map((level, height) => {
    return nodeAt(level, Math.floor(index / 2 ** height) ^ 1);
  });
}

/** Returns the id of a poster's batch by its number, from 0. */
export function batchId(poster: Hex, sequence: bigint): bigint {
  return (BigInt(poster) << 96n) | sequence;
}

/** What is not there is padding; a level's length is even but the root's. */
function nodeAt(level: readonly Hex[], index: number): Hex {
  return level[index] ?? (ZeroHash as Hex);
}
