import type { Hex } from "@vouch/protocol";
import { Transaction, toQuantity } from "ethers";
import { z } from "zod";
import type { SignedTransaction } from "./answers.ts";
import { quantity, signedTransactionSchema } from "./answers.ts";
import type { Asker } from "./asker.ts";
import { ask } from "./asker.ts";
import { ChainError } from "./errors.ts";

/** The transaction that used a nonce; where it is signed, the account's own signature on it proves that. */
export type NonceUse = {
  readonly txHash: Hex;
  readonly blockNumber: number;
  readonly isSigned: boolean;
};

/** Number of transactions of the account up to and with that block. */
export function readNonce(asker: Asker, account: Hex, block: number): Promise<number> {
  return ask(asker, quantity, "eth_getTransactionCount", [account, toQuantity(block)]);
}

const blockSchema = z.object({ transactions: z.array(z.unknown()) }).nullable();
/** Blocks that are read one by one where a node has not the state that says which of them it is. */
const MOST_READ = 64;

/**
 * Finds the transaction that used a nonce by halving the blocks up to `head`. Where the node has not the state of the blocks that
 * it takes, it looks into the last ones that may have it. Returns undefined where the nonce is unused, or the node says of it what
 * it cannot show; fails where it is in none of these blocks either.
 */
export async function findNonceUse(
  asker: Asker,
  account: Hex,
  nonce: number,
  head: number,
): Promise<NonceUse | undefined> {
  if ((await readNonce(asker, account, head)) <= nonce) return undefined;
  const { block, refusal } = await oldestAfter(asker, account, nonce, head);
  if (refusal === undefined) return nonceUseIn(asker, account, nonce, block);
  for (let number = block; number > Math.max(block - MOST_READ, -1); number--) {
    const use = await nonceUseIn(asker, account, nonce, number);
    if (use !== undefined) return use;
  }
  throw refusal;
}

/** Returns the use of a nonce that a block has; undefined where it has none. */
export async function nonceUseIn(
  asker: Asker,
  account: Hex,
  nonce: number,
  number: number,
): Promise<NonceUse | undefined> {
  const params = [toQuantity(number), true];
  const block = await ask(asker, blockSchema, "eth_getBlockByNumber", params);
  const used = block?.transactions
    .flatMap((it) => signedTransactionSchema.safeParse(it).data ?? [])
    .find((it) => it.from === account && it.nonce === nonce);
  if (used === undefined) return undefined;
  return { txHash: used.hash, blockNumber: number, isSigned: isSignedBy(account, used) };
}

/** The oldest block that counts the nonce as used, as far as the node says; `refusal` is why it does not of the one before. */
async function oldestAfter(
  asker: Asker,
  account: Hex,
  nonce: number,
  head: number,
): Promise<{ readonly block: number; readonly refusal: Error | undefined }> {
  const refusals = new Map<number, Error>();
  const isUsed = async (block: number): Promise<boolean> => {
    try {
      return (await readNonce(asker, account, block)) > nonce;
    } catch (error) {
      if (!(error instanceof Error) || error instanceof ChainError) throw error;
      refusals.set(block, error);
      return false;
    }
  };
  // Nodes keep the state of some last blocks only, and the nonce was most likely used in one of those.
  let high = head;
  let low = head - 1;
  for (let step = 1; low >= 0 && (await isUsed(low)); step *= 2) {
    high = low;
    low = Math.max(low - 2 * step, low === 0 ? -1 : 0);
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (await isUsed(middle)) high = middle;
    else low = middle;
  }
  return { block: high, refusal: refusals.get(low) };
}

function isSignedBy(account: Hex, it: SignedTransaction): boolean {
  try {
    const isLegacy = it.type === 0;
    const chainId = it.chainId ?? (isLegacy ? chainIdOf(it.v ?? 0n) : 0n);
    const yParity = it.yParity ?? Number(it.v ?? 0n);
    const transaction = Transaction.from({
      type: it.type,
      chainId,
      nonce: it.nonce,
      to: it.to ?? null,
      gasLimit: it.gas,
      value: it.value,
      data: it.input,
      gasPrice: it.type < 2 ? (it.gasPrice ?? 0n) : null,
      maxFeePerGas: it.type < 2 ? null : (it.maxFeePerGas ?? 0n),
      maxPriorityFeePerGas: it.type < 2 ? null : (it.maxPriorityFeePerGas ?? 0n),
      accessList: isLegacy ? null : (it.accessList ?? []),
      signature: {
        r: toBytes32(it.r),
        s: toBytes32(it.s),
        v: isLegacy ? Number(it.v ?? 27n) : 27 + yParity,
      },
    });
    return transaction.hash === it.hash && transaction.from?.toLowerCase() === account;
  } catch {
    return false; // of a type that ethers does not know, or of no type at all: it shows nothing
  }
}

/** EIP-155: v is 35 + 2 × chain id, or one more. */
function chainIdOf(v: bigint): bigint {
  return v >= 35n ? (v - 35n) / 2n : 0n;
}

function toBytes32(value: bigint): string {
  return `0x${value.toString(16).padStart(64, "0")}`;
}
