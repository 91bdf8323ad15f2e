import type { IntegerType } from "../ir/integerGraph.ts";
import { rangeOfType } from "../ir/range.ts";
import type { Range } from "../ir/rescale.ts";

/** What `rescaling` of lib/RescaleBits.circom works out from a range and an output type. */
export type RescalePlan = {
  /** Width of the decomposed sum. */
  readonly width: number;
  /** Constraints beside those of the bits. */
  readonly choices: number;
};

/**
 * The cheapest decomposition that rescales every value of a range; lib/RescaleBits.circom explains it.
 *
 * @param products of every input, times the multiplier where there is one
 */
export function rescalePlan(products: Range, shift: number, output: IntegerType): RescalePlan {
  const half = shift > 0 ? 1n << BigInt(shift - 1) : 0n;
  const least = products.lo + half;
  const most = products.hi + half;
  const { lo, hi } = rangeOfType(output);
  const [first, last] = [least >> BigInt(shift), most >> BigInt(shift)];
  const above = (base: bigint): number => bitLength(most - (base << BigInt(shift)));
  const below = (base: bigint): number => bitLength((base << BigInt(shift)) - least - 1n);
  const signed = (base: bigint): number => 1 + Math.max(above(base), below(base));

  if (first >= lo && last <= hi) return { width: Math.max(shift + 1, above(first)), choices: 0 };
  if (last <= hi) {
    const width = Math.max(shift + 1, Math.min(signed(lo), signed(lo + 1n)));
    return { width, choices: 1 };
  }
  const capped = (width: number, bits: number): RescalePlan => ({
    width,
    choices: width - shift - bits === 1 ? 0 : 2,
  });
  if (first < lo) {
    const { width, choices } = capped(signed(lo) - 1, output.bits);
    return { width: width + 1, choices: choices === 0 ? 2 : 3 };
  }
  // The least number of quotient bits that reach from the least quotient to the largest output.
  const bits = Math.max(1, bitLength(hi - first));
  const { width, choices } = capped(above(hi + 1n - (1n << BigInt(bits))), bits);
  return { width, choices: choices + 1 };
}

/** Every product of a value of the range with an unsigned multiplier, or with 1. */
export function timesMultiplier({ lo, hi }: Range, multiplierBits: number | undefined): Range {
  if (multiplierBits === undefined) return { lo, hi };
  const most = (1n << BigInt(multiplierBits)) - 1n;
  return { lo: lo < 0n ? lo * most : 0n, hi: hi > 0n ? hi * most : 0n };
}

/** Binary digits of a number, 0 for one that is not positive. */
export function bitLength(value: bigint): number {
  return value <= 0n ? 0 : value.toString(2).length;
}
