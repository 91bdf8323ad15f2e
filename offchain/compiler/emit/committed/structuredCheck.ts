import { WORD_BITS } from "@vouch/protocol";
import type { AffineView } from "./affineView.ts";

/** A product of matrices checked at a challenge, its rows windows of one tensor (committed/StructuredCheck.circom). */
export type StructuredPlan = {
  /** Elements of the tensor that share a power. */
  readonly step: number;
  /** Outputs side by side in one number, and how many such numbers there are in a row. */
  readonly tile: number;
  readonly wide: number;
  /** Exponents of the rows, of what one tile is apart from the next, and of the groups of columns. */
  readonly rows: readonly number[];
  readonly stride: number;
  readonly groups: readonly number[];
  /** For each column its group. */
  readonly group: readonly number[];
  /** Exponent by which everything is multiplied. */
  readonly scale: number;
  /** Exponents that elements of the tensor have: 0 to one less. */
  readonly elementPowers: number;
  /** Powers of the challenge that it needs. */
  readonly powers: number;
  /** Constraints, without those of the powers. */
  readonly cost: number;
};

/**
 * @param spec.elements of the tensor that the rows are windows of
 * @param spec.bits of a sum's digit
 */
export function structuredPlan(spec: {
  readonly view: AffineView;
  readonly elements: number;
  readonly outputs: number;
  readonly bits: number;
  readonly hasBias: boolean;
  readonly hasMultiplier: boolean;
}): StructuredPlan {
  const { view, elements, outputs, hasBias } = spec;
  const { step, rows, columns } = view;
  const scale = Math.max(0, ...columns);
  const places = columns.map((it) => scale - it);
  const groups = [...new Set(places)];
  const stride = Math.max(...rows) + 1;
  const tile = Math.min(outputs, Math.max(1, Math.floor(WORD_BITS / spec.bits)));
  const wide = Math.ceil(outputs / tile);
  const elementPowers = Math.ceil(elements / step);
  const isScaled = scale > 0 ? 1 : 0;
  const weighted = Math.max(0, elements - step);
  const tiles = Math.max(0, wide - 2);
  const weights = columns.length * wide; // combined column by column, then multiplied
  const claimed = rows.length * wide - 1 + isScaled; // the first row's power is 1
  const bias = hasBias ? wide + isScaled : 0;
  const scaled = groups.filter((it) => it !== 0).length;
  return {
    ...{ step, tile, wide, rows, stride, groups, scale, elementPowers },
    group: places.map((it) => groups.indexOf(it)),
    powers: Math.max(scale, stride, elementPowers - 1, ...groups) + 1,
    cost: weighted + tiles + weights + scaled + bias + claimed + (spec.hasMultiplier ? 1 : 0),
  };
}
