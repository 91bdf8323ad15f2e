import type { DeclaredEncoding } from "@vouch/compiler";

const BITS = 16;
const MAX_FRACTION_BITS = 14;

/**
 * An encoding that holds the rows: signed, whole numbers in as many bits as they need, others in 16 bits with up to 14 of
 * them for the fraction, or in as many more as their whole part needs.
 */
export function fitEncoding(rows: readonly ArrayLike<number>[]): DeclaredEncoding {
  const values = rows.flatMap((row) => Array.from(row));
  const most = values.reduce((largest, it) => Math.max(largest, Math.abs(it)), 0);
  const wholeBits = (scaled: number): number => {
    const integer = Math.ceil(scaled);
    return integer === 0 ? 0 : Math.floor(Math.log2(integer)) + 1;
  };
  const mode = "public";
  if (values.every(Number.isInteger)) {
    return { mode, bits: Math.max(2, wholeBits(most) + 1), fractionBits: 0 };
  }
  let fractionBits = MAX_FRACTION_BITS;
  while (fractionBits > 0 && wholeBits(most * 2 ** fractionBits) > BITS - 1) fractionBits--;
  const bits = Math.max(BITS, wholeBits(most * 2 ** fractionBits) + 1);
  return { mode, bits, fractionBits };
}
