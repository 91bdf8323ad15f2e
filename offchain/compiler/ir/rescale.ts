/** Where a rescale saturates, both ends included. */
export type Range = { readonly lo: bigint; readonly hi: bigint };

/**
 * The one rounding rule (docs/statement.md, section 5): `clamp(⌊(a · m + 2^(shift-1)) / 2^shift⌋, lo, hi)`, half up.
 *
 * @param shift at least 1
 */
export function rescale(a: bigint, m: bigint, shift: number, { lo, hi }: Range): bigint {
  const quotient = (a * m + (1n << BigInt(shift - 1))) >> BigInt(shift); // >> rounds down, negative numbers too
  if (quotient < lo) return lo;
  return quotient > hi ? hi : quotient;
}
