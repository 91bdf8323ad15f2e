import { CompilerError } from "../errors.ts";
import type { Constant, FloatId } from "../ir/floatGraph.ts";
import type { IntegerNode, IntegerType, Tensor, TensorId } from "../ir/integerGraph.ts";

/** An integer tensor; `q` stands for `q · scale`. */
export type Quantized = { readonly tensor: Tensor; readonly scale: number };

/** How a result is to be encoded: as the declared output, or as an activation of the measured range. */
export type Target = {
  readonly type: IntegerType;
  readonly scale: number;
  /** Set where the scale is declared and so cannot give way. */
  readonly fractionBits: number | undefined;
};

/** The graph under construction, as the rules for single nodes see it. */
export type Quantizer = {
  readonly shapeOf: (id: FloatId) => readonly number[];
  readonly constantOf: (id: FloatId) => Constant | undefined;
  /** A tensor that is already quantized. */
  readonly quantizedOf: (id: FloatId) => Quantized;
  /** A tensor name that starts with `base` and is new. */
  readonly fresh: (base: string) => TensorId;
  /** Adds a parameter under a new name that starts with `base`. */
  readonly addParameter: (
    base: string,
    shape: readonly number[],
    type: IntegerType,
    values: readonly bigint[],
  ) => TensorId;
  readonly addNode: (node: IntegerNode) => void;
};

/**
 * The target's scale, made coarser where it is free and the largest multiplier, `product / scale`, would be above
 * `limit`.
 *
 * @throws {CompilerError} `MULTIPLIER_OUT_OF_RANGE` where it is declared, `SCALE_OUT_OF_RANGE`.
 */
export function fittingScale(
  node: string,
  { scale, fractionBits }: Target,
  product: number,
  limit: number,
): number {
  const multiplier = Math.ceil(product / scale);
  if (multiplier <= limit) return finiteScale(node, scale);
  if (fractionBits === undefined || !Number.isFinite(multiplier)) {
    return finiteScale(node, product / limit);
  }
  let fitting = fractionBits;
  for (let it = multiplier; it > limit; it /= 2) fitting--;
  throw new CompilerError({
    code: "MULTIPLIER_OUT_OF_RANGE",
    node,
    multiplier,
    limit,
    fractionBits: fitting,
  });
}

/** @throws {CompilerError} `SCALE_OUT_OF_RANGE` */
export function finiteScale(node: string, scale: number): number {
  if (!(scale > 0 && scale < Infinity)) {
    throw new CompilerError({ code: "SCALE_OUT_OF_RANGE", node, scale });
  }
  return scale;
}

/** Rounds half up; what rounding errors of the scale put past `most` is `most`. */
export function toInteger(value: number, most: number): bigint {
  return BigInt(Math.min(most, Math.max(-most, Math.floor(value + 0.5))));
}

/** Largest absolute value; 0 of nothing. */
export function largest(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] ?? 0));
  return most;
}

/** Exact for exponents up to 1023. */
export function powerOfTwo(exponent: number): number {
  return Number(1n << BigInt(exponent));
}
