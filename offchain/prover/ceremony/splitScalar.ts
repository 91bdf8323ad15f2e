import { SCALAR_FIELD } from "@vouch/protocol";
import { instantiateCurve, SCALAR_BYTES } from "../setup/wasmCurve.ts";
import type { CurveCode } from "../setup/wasmCurve.ts";
import { littleEndian } from "./curvePoints.ts";

/**
 * The endomorphism `(x, y) -> (ROOT·x, y)` of BN254's G1 multiplies by LAMBDA: both are cube roots of one, in the base and
 * in the scalar field (Gallant, Lambert, Vanstone, CRYPTO 2001).
 */
export const LAMBDA: bigint = 4407920970296243842393367215006156084916469457145843978461n;
export const ROOT: bigint = 2203960485148121921418603742825762020974279258880205651966n;

/** Short vectors `(A, B)` and `(B, -C)` of the lattice of all (s, t) with `s + LAMBDA·t = 0` modulo the group's order. */
const A = 147946756881789319010696353538189108491n;
const B = 9931322734385697763n;
const C = 147946756881789319000765030803803410728n;
const RADIX = 1n << 256n;

/** Bits that hold either part: below 2^129 as the quotients are rounded down. */
const PART_BITS = 130;
/** Digits are odd, from -7 to 7, and at least four apart. */
const WINDOW = 4;

/** Digits of the two parts, the lowest first: `scalar = Σ 2^i (plain[i] + LAMBDA·turned[i])`. */
export type SplitScalar = { readonly plain: Int8Array; readonly turned: Int8Array };

/**
 * Splits a scalar (plain, little-endian) into two of half the length, as signed digits with few that are not 0. It
 * calculates in the module's memory, which is wiped, never with bigints, which cannot be.
 */
export function splitScalar(curve: CurveCode, scalar: Uint8Array): SplitScalar {
  const wasm = instantiateCurve(curve);
  const word = (bytes?: Uint8Array): number => {
    const at = wasm.alloc(2 * SCALAR_BYTES); // a product has twice the length
    if (bytes !== undefined) wasm.bytes().set(bytes, at);
    return at;
  };
  const multiply = wasm.call("int_mul");
  const subtract = wasm.call("int_sub");
  const k = word(scalar);
  /** `k · vector / order`, rounded down: the upper half of the product with `vector · 2^256 / order`. */
  const quotient = (length: bigint): number => {
    const product = word();
    multiply(k, word(littleEndian((length * RADIX) / SCALAR_FIELD)), product);
    return product + SCALAR_BYTES;
  };
  const product = (a: number, b: bigint): number => {
    const result = word();
    multiply(a, word(littleEndian(b)), result);
    return result;
  };

  const [first, second] = [quotient(C), quotient(B)];
  subtract(k, product(first, A), k);
  subtract(k, product(second, B), k);
  const t = product(second, C);
  subtract(t, product(first, B), t);
  const digitsAt = (at: number): Int8Array => {
    const zero = word();
    const negative = (wasm.bytes()[at + SCALAR_BYTES - 1] ?? 0) >= 0x80; // two's complement
    if (negative) subtract(zero, at, at);
    const digits = toDigits(wasm.bytes().subarray(at, at + SCALAR_BYTES));
    return negative ? digits.map((it) => -it) : digits;
  };
  try {
    return { plain: digitsAt(k), turned: digitsAt(t) };
  } finally {
    wasm.bytes().fill(0);
  }
}

/** Signed digits by windows from the lowest bit up. */
function toDigits(magnitude: Uint8Array): Int8Array {
  const bit = (i: number): number => ((magnitude[i >> 3] ?? 0) >> (i & 7)) & 1;
  const digits = new Int8Array(PART_BITS + 1);
  let carry = 0;
  for (let i = 0; i <= PART_BITS;) {
    if (bit(i) === carry) {
      i += 1;
      continue;
    }
    let digit = carry;
    for (let j = 0; j < WINDOW; j++) digit += bit(i + j) << j;
    carry = digit >> (WINDOW - 1);
    digits[i] = digit - (carry << WINDOW);
    i += WINDOW;
  }
  return digits;
}
