import type { Hex } from "@vouch/protocol";
import { z } from "zod";

const hex = z
  .string()
  .regex(/^0x[0-9a-fA-F]*$/, "not hexadecimal")
  .transform((it) => it.toLowerCase() as Hex);
const bytes32 = hex.refine((it) => it.length === 66, "not 32 bytes");
const address = hex.refine((it) => it.length === 42, "not an address");

/** A quantity of JSON-RPC. */
export const bigQuantity = z
  .string()
  .regex(/^0x[0-9a-fA-F]{1,64}$/, "not a quantity")
  .transform(BigInt);

/** A quantity that is a count: a nonce, a block's number. */
export const quantity = bigQuantity
  .refine((it) => it <= BigInt(Number.MAX_SAFE_INTEGER), "too large a quantity")
  .transform(Number);

/** What is read of a block; `timestamp` in seconds, `baseFeePerGas` in wei where the chain has one. */
export const headerSchema = z
  .object({
    number: quantity,
    hash: bytes32,
    parentHash: bytes32,
    timestamp: quantity,
    logsBloom: hex.optional(),
    baseFeePerGas: bigQuantity.nullish(),
  })
  .readonly();
export type Header = z.output<typeof headerSchema>;

export const logSchema = z
  .object({
    address,
    topics: z.array(bytes32),
    data: hex,
    blockNumber: quantity,
    blockHash: bytes32,
    transactionHash: bytes32,
    logIndex: quantity,
  })
  .readonly();
/** A log as a node gives it; `Interface.parseLog` of ethers takes it. */
export type ChainLog = z.output<typeof logSchema>;

export const receiptSchema = z
  .object({
    transactionHash: bytes32,
    blockNumber: quantity,
    blockHash: bytes32,
    status: quantity.nullish(),
    gasUsed: bigQuantity,
    effectiveGasPrice: bigQuantity.nullish(),
    logs: z.array(logSchema),
  })
  .readonly();
/** What is read of a transaction's receipt; `status` 1 where it did not revert, absent before Byzantium. */
export type ChainReceipt = z.output<typeof receiptSchema>;

const access = z.object({ address, storageKeys: z.array(bytes32) });

/** A signed transaction in a block; what is not read of it (blobs, authorizations) keeps its hash from being checked. */
export const signedTransactionSchema = z.object({
  hash: bytes32,
  from: address,
  nonce: quantity,
  type: quantity.default(0),
  chainId: bigQuantity.nullish(),
  to: address.nullish(),
  gas: bigQuantity,
  value: bigQuantity,
  input: hex,
  gasPrice: bigQuantity.nullish(),
  maxFeePerGas: bigQuantity.nullish(),
  maxPriorityFeePerGas: bigQuantity.nullish(),
  accessList: z.array(access).nullish(),
  r: bigQuantity,
  s: bigQuantity,
  v: bigQuantity.nullish(),
  yParity: quantity.nullish(),
});
export type SignedTransaction = z.output<typeof signedTransactionSchema>;
