import { WORD_BITS } from "@vouch/protocol";
import type { AffineView } from "./affineView.ts";

/** A product of matrices checked at a challenge, its rows windows of one tensor (committed/StructuredCheck.circom). */
export type StructuredPlan = {
  /** Elements of the tensor that share a power. */
  readonly step: number;
  /** Outputs side by side in one number. */
  readonly tile: number;
  readonly exponents: readonly number[];
  readonly places: readonly number[];
  readonly most: number;
  readonly scale: number;
  readonly stride: number;
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
  const most = Math.max(...places);
  const stride = Math.max(...rows) + 1;
  const tile = Math.min(outputs, Math.max(1, Math.floor(WORD_BITS / spec.bits)));
  const wide = Math.ceil(outputs / tile);
  const groups = new Set(places.filter((it) => it !== 0)).size;
  const isScaled = scale > 0 ? 1 : 0;
  const weighted = Math.max(0, elements - step);
  const weights = columns.length * wide; // combined column by column, then multiplied
  const claimed = rows.length * wide - 1 + isScaled; // the first row's power is 1
  const bias = hasBias ? wide + isScaled : 0;
  return {
    ...{ step, tile, exponents: rows, places, most, scale, stride },
    powers: Math.max(most, scale, stride, Math.ceil(elements / step) - 1) + 1,
    cost: weighted + weights + groups + bias + claimed + (spec.hasMultiplier ? 1 : 0),
  };
}
