import type { IntegerType } from "./integerGraph.ts";
import type { Range } from "./rescale.ts";

/** Widest integer anywhere, sign included, products with a multiplier too: int64 with room for a rounding offset. */
export const MAX_BITS = 62;

/** Every value of a type. */
export function rangeOfType({ bits, signed }: IntegerType): Range {
  return signed
    ? { lo: -(1n << BigInt(bits - 1)), hi: (1n << BigInt(bits - 1)) - 1n }
    : { lo: 0n, hi: (1n << BigInt(bits)) - 1n };
}

/** Bits of the narrowest signed type that holds the range. */
export function signedBits({ lo, hi }: Range): number {
  const largest = hi > -lo - 1n ? hi : -lo - 1n;
  return largest.toString(2).length + (largest === 0n ? 0 : 1);
}

/** Whether every value of `inner` is one of `outer`. */
export function contains(outer: Range, inner: Range): boolean {
  return outer.lo <= inner.lo && inner.hi <= outer.hi;
}

/** The narrowest range that holds all values; 0 where there are none. */
export function rangeOfValues(values: readonly bigint[]): Range {
  let [lo, hi] = [values[0] ?? 0n, values[0] ?? 0n];
  for (const it of values) {
    if (it < lo) lo = it;
    else if (it > hi) hi = it;
  }
  return { lo, hi };
}

/** The narrowest range that holds all ranges; 0 where there are none. */
export function joinRanges(ranges: readonly Range[]): Range {
  return {
    lo: rangeOfValues(ranges.map((it) => it.lo)).lo,
    hi: rangeOfValues(ranges.map((it) => it.hi)).hi,
  };
}

/** Range of `a · b`. */
export function multiplyRanges(a: Range, b: Range): Range {
  return rangeOfValues([a.lo * b.lo, a.lo * b.hi, a.hi * b.lo, a.hi * b.hi]);
}

/** Range of a sum with one term from each range. */
export function addRanges(...ranges: readonly Range[]): Range {
  return {
    lo: ranges.reduce((sum, it) => sum + it.lo, 0n),
    hi: ranges.reduce((sum, it) => sum + it.hi, 0n),
  };
}

/** Range of a dot product of `terms` terms. */
export function dotRange(a: Range, b: Range, terms: number): Range {
  const { lo, hi } = multiplyRanges(a, b);
  return { lo: lo * BigInt(terms), hi: hi * BigInt(terms) };
}

/** Where a rescale or ReLU into the type saturates. */
export function clampRange(type: IntegerType, relu: boolean): Range {
  const { lo, hi } = rangeOfType(type);
  return { lo: relu ? 0n : lo, hi };
}
