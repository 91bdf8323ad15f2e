/** Rounding rule of docs/statement.md, section 5, written out for circuit tests. */
export function rescaleReference(
  a: bigint,
  m: bigint,
  shift: number,
  bits: number,
  signed: boolean,
): bigint {
  const lo = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const hi = lo + (1n << BigInt(bits)) - 1n;
  const half = shift === 0 ? 0n : 1n << BigInt(shift - 1);
  const quotient = (a * m + half) >> BigInt(shift); // floors, negative numbers too
  if (quotient < lo) return lo;
  return quotient > hi ? hi : quotient;
}
