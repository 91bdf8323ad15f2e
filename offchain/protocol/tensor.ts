import { ProtocolError } from "./errors.ts";

/** Width of an element; a signed one lies in `[-2^(bits-1), 2^(bits-1))`, an unsigned one in `[0, 2^bits)`. */
export type ElementType = { readonly bits: number; readonly signed: boolean };

/** How a tensor meets the chain (docs/statement.md, section 2); an element `q` means `q · 2^-fractionBits`. */
export type TensorEncoding = ElementType & {
  readonly mode: "public" | "committed";
  readonly elements: number;
  readonly fractionBits: number;
};

/** Returns the least and the greatest element of a type. */
export function elementRange({ bits, signed }: ElementType): readonly [min: bigint, max: bigint] {
  return signed
    ? [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n]
    : [0n, (1n << BigInt(bits)) - 1n];
}

/**
 * Returns numbers as fixed-point integers, `⌊v · 2^f + 1/2⌋`; nothing is clipped.
 *
 * @throws {ProtocolError} `TENSOR_LENGTH`, `VALUE_NOT_FINITE`, `VALUE_OUT_OF_RANGE` (naming index and limits).
 */
export function quantizeTensor(values: ArrayLike<number>, encoding: TensorEncoding): bigint[] {
  if (values.length !== encoding.elements) {
    throw new ProtocolError({
      code: "TENSOR_LENGTH",
      length: values.length,
      expected: encoding.elements,
    });
  }
  const [min, max] = elementRange(encoding);
  const [least, greatest] = [Number(min), Number(max)]; // beyond 53 bits `greatest` is one too large
  const scale = 2 ** encoding.fractionBits;
  const elements: bigint[] = [];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? NaN;
    if (!Number.isFinite(value))
      throw new ProtocolError({ code: "VALUE_NOT_FINITE", index, value });
    const scaled = roundHalfUp(value * scale);
    const isNear = scaled >= least && scaled <= greatest;
    const element = isNear ? BigInt(scaled) : undefined;
    if (element === undefined || element > max) {
      const limits = { min: Number(min) / scale, max: Number(max) / scale };
      throw new ProtocolError({ code: "VALUE_OUT_OF_RANGE", index, value, ...limits });
    }
    elements.push(element);
  }
  return elements;
}

/** `⌊v + 1/2⌋` without forming `v + 1/2`, whose own rounding takes 0.5 - 2^-54 to 1. */
function roundHalfUp(value: number): number {
  const floor = Math.floor(value);
  return value - floor >= 0.5 ? floor + 1 : floor;
}

/** Returns fixed-point integers as numbers. */
export function dequantizeTensor(
  elements: readonly bigint[],
  { fractionBits }: Pick<TensorEncoding, "fractionBits">,
): number[] {
  return elements.map((element) => Number(element) / 2 ** fractionBits);
}
