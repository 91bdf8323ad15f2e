import { concat, keccak256 } from "ethers";
import * as z from "zod";
import { ProtocolError } from "./errors.ts";
import type { Hex } from "./hex.ts";
import type { Receipt } from "./receipt.ts";
import type { EncodedInclusion } from "./receiptTree.ts";
import { MAX_BATCH_COUNT, itemLeaf } from "./receiptTree.ts";
import type { LedgerDomain, Voucher } from "./voucher.ts";
import { encodeVoucher } from "./voucher.ts";
import { voucherSchema, voucherToJson } from "./voucherJson.ts";

/** Where a receipt is in a batch that its operator posted. */
export type BatchInclusion = {
  readonly domain: LedgerDomain;
  /** Operator and number of the batch, as the ledger names it. */
  readonly batch: bigint;
  readonly root: Hex;
  readonly count: number;
  readonly index: number;
  readonly voucher: Voucher;
  readonly outputHash: Hex;
  readonly amount: bigint;
  /** `packAssurance` of what the operator says that it can prove. */
  readonly claimed: Hex;
  /** Siblings from the leaf's to the one below the root. */
  readonly proof: readonly Hex[];
};

const bytes = (count: number) =>
  z
    .string()
    .regex(new RegExp(`^0x[0-9a-fA-F]{${count * 2}}$`))
    .transform((value) => value.toLowerCase() as Hex);
const uint = (bits: number) =>
  z
    .string()
    .regex(/^\d{1,78}$/)
    .transform(BigInt)
    .refine((value) => value < 1n << BigInt(bits), `below 2^${bits}`);

const inclusionSchema = z.object({
  chainId: uint(256),
  ledger: bytes(20),
  batch: uint(256),
  root: bytes(32),
  count: z.number().int().positive().max(MAX_BATCH_COUNT),
  index: z.number().int().nonnegative(),
  voucher: voucherSchema,
  outputHash: bytes(32),
  amount: uint(128),
  claimed: bytes(32),
  proof: z.array(bytes(32)).max(20),
});

/**
 * Reads an inclusion from JSON; checks its form only, not what it claims (`verifyInclusion` does).
 *
 * @throws {ProtocolError} `INCLUSION_MALFORMED`.
 */
export function parseBatchInclusion(json: unknown): BatchInclusion {
  const parsed = inclusionSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
    throw new ProtocolError({ code: "INCLUSION_MALFORMED", reason }, { cause: parsed.error });
  }
  const { chainId, ledger, ...rest } = parsed.data;
  return { domain: { chainId, ledger }, ...rest };
}

/** Returns the JSON value that `parseBatchInclusion` reads. */
export function batchInclusionToJson(inclusion: BatchInclusion): Record<string, unknown> {
  const { domain, batch, voucher, amount, ...rest } = inclusion;
  return {
    ...{ chainId: domain.chainId.toString(), ledger: domain.ledger, batch: batch.toString() },
    ...rest,
    ...{ voucher: voucherToJson(voucher), amount: amount.toString() },
  };
}

/**
 * Returns what the posting of a batch carries behind its call: the sha2-256 of the list of its records; undefined where it has none.
 *
 * @param data of the transaction that called `ReceiptLedger.post`
 */
export function noteOfPost(data: Hex): Hex | undefined {
  const note = data.slice(2 + 2 * POST_BYTES);
  return note.length === 64 ? `0x${note.toLowerCase()}` : undefined;
}

/** Returns an inclusion as contracts take it. */
export function encodeInclusion(inclusion: BatchInclusion): EncodedInclusion {
  const { batch, index, voucher, outputHash, amount, claimed, proof } = inclusion;
  return {
    batch,
    item: { index, voucher: encodeVoucher(voucher), outputHash, amount, claimed },
    proof: [...proof],
  };
}

/**
 * Demands that a receipt is the item that an inclusion is of, and that the item is under its root, at its index: what
 * `ReceiptLedger` demands. That the root was posted under that number, only the chain tells.
 *
 * @throws {ProtocolError} `INCLUSION_INVALID`, naming the first that is wrong.
 */
export function verifyInclusion(
  { domain, statement }: Pick<Receipt, "domain" | "statement">,
  inclusion: BatchInclusion,
): void {
  const { voucher, batch, outputHash } = inclusion;
  const { release, request, inputHash } = voucher.terms;
  const same = (field: string, found: string | bigint, expected: string | bigint): void => {
    if (found !== expected) throw new ProtocolError({ code: "INCLUSION_INVALID", field });
  };
  same("chainId", inclusion.domain.chainId, domain.chainId);
  same("poster", batch >> 96n, BigInt(voucher.operator));
  same("operator", voucher.operator, statement.operator.toLowerCase());
  same("release", release, statement.release);
  same("request", request, statement.request);
  same("inputHash", inputHash, statement.inputHash);
  same("outputHash", outputHash, statement.outputHash);
  same("root", rootOf(inclusion), inclusion.root);
}

/** Returns the root that the path leads to; zero for a path of another length than the tree is deep. */
function rootOf(inclusion: BatchInclusion): Hex {
  const { domain, voucher, index, count, proof } = inclusion;
  const depth = Math.ceil(Math.log2(count));
  if (index >= count || proof.length !== depth) return ZERO;
  return proof.reduce<Hex>(
    (node, sibling, height) =>
      keccak256(
        Math.floor(index / 2 ** height) % 2 === 0
          ? concat([node, sibling])
          : concat([sibling, node]),
      ) as Hex,
    itemLeaf(domain, voucher, inclusion),
  );
}

/** Selector, root and count. */
const POST_BYTES = 4 + 2 * 32;
const ZERO: Hex = `0x${"00".repeat(32)}`;
