import type { IntegerType } from "../../ir/integerGraph.ts";
import { rangeOfType } from "../../ir/range.ts";
import type { Range } from "../../ir/rescale.ts";
import { bitLength } from "../rescalePlan.ts";
import { coveringLimbs, exactLimbs, limbsBits, limbsCost } from "./limbs.ts";
import type { Limb, TableWidths } from "./limbs.ts";

/**
 * How a number is rescaled and clamped by its committed parts: `sum + 2^(shift-1) = (least + value ± excess) · 2^shift + low`,
 * the output `least + value`.
 */
export type ClampPlan = {
  /** Ends at which some number of the range saturates; both where only the upper one. */
  readonly sides: "none" | "below" | "both";
  /** Least output. */
  readonly least: bigint;
  /** Largest value, where both ends saturate. */
  readonly most: bigint;
  readonly shift: number;
  readonly value: readonly Limb[];
  /** None where no end saturates. */
  readonly excess: readonly Limb[];
  readonly low: readonly Limb[];
  /** Two sums that the parts admit differ by less than 2 to this. */
  readonly sumBits: number;
  /** Constraints of an element: those of its parts' ranges and of the clamp. */
  readonly cost: number;
};

/** @param products every number that may be rescaled */
export function clampPlan(
  products: Range,
  shift: number,
  output: IntegerType,
  tables: TableWidths,
): ClampPlan {
  const half = 1n << BigInt(shift - 1);
  const first = (products.lo + half) >> BigInt(shift);
  const last = (products.hi + half) >> BigInt(shift);
  const { lo, hi } = rangeOfType(output);
  const low = exactLimbs(shift, tables);
  const covering = (most: bigint): readonly Limb[] =>
    coveringLimbs(Math.max(1, bitLength(most)), tables);
  const plan = (
    sides: ClampPlan["sides"],
    least: bigint,
    value: readonly Limb[],
    excess: readonly Limb[],
  ): ClampPlan => {
    const ends = sides === "none" ? 0n : sides === "below" ? 1n : 2n;
    const span = (1n << BigInt(limbsBits(value))) + ends * (1n << BigInt(limbsBits(excess)));
    const products = sides === "none" ? 0 : sides === "below" ? 1 : 2;
    return {
      ...{ sides, least, most: hi - lo, shift, value, excess, low },
      sumBits: bitLength(span << BigInt(shift)),
      cost: limbsCost(value) + limbsCost(excess) + limbsCost(low) + products,
    };
  };
  if (lo <= first && last <= hi) return plan("none", first, covering(last - first), []);
  if (last <= hi) return plan("below", lo, covering(last - lo), covering(lo - first));
  const outside = lo - first > last - hi ? lo - first : last - hi;
  return plan("both", lo, exactLimbs(output.bits, tables), covering(outside));
}

/** The committed parts of numbers, element by element. */
export type ClampParts = {
  readonly value: readonly bigint[];
  readonly excess: readonly bigint[];
  readonly low: readonly bigint[];
};

/** Takes the numbers that are rescaled, products with the multiplier, into their parts. */
export function clampParts(
  { sides, least, most, shift }: ClampPlan,
  sums: readonly bigint[],
): ClampParts {
  const parts = { value: [], excess: [], low: [] } as {
    [Part in keyof ClampParts]: bigint[];
  };
  const half = 1n << BigInt(shift - 1);
  const bits = BigInt(shift);
  for (const sum of sums) {
    const rounded = sum + half;
    const quotient = rounded >> bits;
    const over = quotient - least;
    const isAbove = sides === "both" && over > most;
    const value = sides !== "none" && over < 0n ? 0n : isAbove ? most : over;
    parts.value.push(value);
    parts.low.push(rounded - (quotient << bits));
    parts.excess.push(over < value ? value - over : over - value);
  }
  return parts;
}
