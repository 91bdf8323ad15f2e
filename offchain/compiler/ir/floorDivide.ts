/** `⌊dividend / divisor⌋`; the divisor is positive. */
export function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor; // truncates
  return quotient * divisor > dividend ? quotient - 1n : quotient;
}
