import type { Header } from "./answers.ts";
import { bigQuantity } from "./answers.ts";
import type { Asker } from "./asker.ts";
import { ask } from "./asker.ts";

/** What a transaction pays for gas, in wei: EIP-1559's two limits, or the one price of chains without it. */
export type Fees =
  | { readonly maxFeePerGas: bigint; readonly maxPriorityFeePerGas: bigint }
  | { readonly gasPrice: bigint };

/** What to pay now. */
export type FeePolicy = {
  /** Fees for a first attempt, by the head of the chain. */
  readonly suggest: (asker: Asker, head: Header) => Promise<Fees>;
  /** Blocks that an attempt is waited for before it is replaced. */
  readonly bumpAfterBlocks: number;
  /** Wei per gas that no attempt exceeds. */
  readonly maxFeePerGas: bigint;
};

export type FeePolicyOptions = {
  readonly bumpAfterBlocks?: number;
  readonly maxFeePerGas?: bigint;
  /** Wei per gas on top of the base fee where the node suggests none. */
  readonly defaultPriorityFee?: bigint;
};

const GWEI = 1_000_000_000n;

/**
 * Twice the base fee, which covers six full blocks in a row, and the tip that the node suggests; or the node's price where the
 * chain has no base fee.
 */
export function nodeFees({
  bumpAfterBlocks = 3,
  maxFeePerGas = 1_000n * GWEI,
  defaultPriorityFee = GWEI,
}: FeePolicyOptions = {}): FeePolicy {
  return {
    bumpAfterBlocks,
    maxFeePerGas,
    async suggest(asker, { baseFeePerGas }) {
      if (baseFeePerGas === undefined || baseFeePerGas === null)
        return { gasPrice: await ask(asker, bigQuantity, "eth_gasPrice", []) };
      const tip = await priorityFee(asker, defaultPriorityFee);
      return { maxFeePerGas: 2n * baseFeePerGas + tip, maxPriorityFeePerGas: tip };
    },
  };
}

/** A node without the method is no reason not to send. */
async function priorityFee(asker: Asker, fallback: bigint): Promise<bigint> {
  try {
    return await ask(asker, bigQuantity, "eth_maxPriorityFeePerGas", []);
  } catch {
    return fallback;
  }
}

/** No more than `cap` per gas. */
export function capped(fees: Fees, cap: bigint): Fees {
  if ("gasPrice" in fees) return { gasPrice: least(fees.gasPrice, cap) };
  return {
    maxFeePerGas: least(fees.maxFeePerGas, cap),
    maxPriorityFeePerGas: least(fees.maxPriorityFeePerGas, cap),
  };
}

/**
 * Fees that replace `last` in a node's pool: an eighth more of each, which is more than the tenth that nodes ask for, or what
 * is suggested now where that is more; undefined where `cap` is below that.
 */
export function bumped(last: Fees, suggested: Fees, cap: bigint): Fees | undefined {
  if ("gasPrice" in last) {
    const now = "gasPrice" in suggested ? suggested.gasPrice : suggested.maxFeePerGas;
    const gasPrice = most(eighthMore(last.gasPrice), least(now, cap));
    return gasPrice > cap ? undefined : { gasPrice };
  }
  const now =
    "gasPrice" in suggested
      ? { maxFeePerGas: suggested.gasPrice, maxPriorityFeePerGas: suggested.gasPrice }
      : suggested;
  const maxFeePerGas = most(eighthMore(last.maxFeePerGas), least(now.maxFeePerGas, cap));
  const tip = most(eighthMore(last.maxPriorityFeePerGas), now.maxPriorityFeePerGas);
  if (maxFeePerGas > cap || eighthMore(last.maxPriorityFeePerGas) > maxFeePerGas) return undefined;
  return { maxFeePerGas, maxPriorityFeePerGas: least(tip, maxFeePerGas) };
}

/** Whether a block with that base fee could take it. */
export function covers(fees: Fees, baseFeePerGas: bigint | null | undefined): boolean {
  return maxOf(fees) >= (baseFeePerGas ?? 0n);
}

/** The most that is paid per gas. */
export function maxOf(fees: Fees): bigint {
  return "gasPrice" in fees ? fees.gasPrice : fees.maxFeePerGas;
}

/** Rounded up: nodes compare exactly. */
function eighthMore(fee: bigint): bigint {
  return (fee * 9n + 7n) / 8n || 1n;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
