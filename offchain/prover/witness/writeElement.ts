import { SCALAR_FIELD } from "@vouch/protocol";

export const ELEMENT_BYTES = 32;

const LIMBS = [0n, 64n, 128n, 192n].map((it) => BigInt.asUintN(64, SCALAR_FIELD >> it));
const [LOWEST = 0n, ...HIGHER] = LIMBS;
const LIMIT = 1n << 62n;

/**
 * Writes a field element, 32 bytes, little-endian: `-v` stands for `p - v`, any other integer is reduced. Most values are small
 * or negative and small: a division of 254 bits is left to those that need it.
 */
export function writeElement(to: DataView, at: number, value: bigint): void {
  if (value >= 0n && value < LIMIT) {
    to.setBigUint64(at, value, true);
    for (let i = 8; i < ELEMENT_BYTES; i += 8) to.setBigUint64(at + i, 0n, true);
  } else if (value < 0n && LOWEST + value > 0n) {
    to.setBigUint64(at, LOWEST + value, true);
    HIGHER.forEach((limb, i) => {
      to.setBigUint64(at + 8 * (i + 1), limb, true);
    });
  } else {
    let rest = value % SCALAR_FIELD;
    if (rest < 0n) rest += SCALAR_FIELD;
    for (let i = 0; i < ELEMENT_BYTES; i += 8, rest >>= 64n)
      to.setBigUint64(at + i, BigInt.asUintN(64, rest), true);
  }
}
