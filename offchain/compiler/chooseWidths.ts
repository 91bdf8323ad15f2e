import { CompilerError } from "./errors.ts";
import type { FloatId } from "./ir/floatGraph.ts";

export type Widths = Readonly<Record<FloatId, number>>;

/** Bits of a tensor that eight do not suffice for. */
export const WIDE_BITS = 16;

export type WidthSearch = {
  /** Tensors and weights of which the width may be chosen. */
  readonly candidates: readonly FloatId[];
  /** Largest absolute error of the output over the samples at given widths, and what the circuit costs. */
  readonly evaluate: (widths: Widths) => { readonly drift: number; readonly cost: number };
  /** Largest error that is allowed, in units of the output. */
  readonly maxDrift: number;
};

/**
 * Chooses the tensors that get `WIDE_BITS`: few, so that the error stays within the budget. Starts with none; then, from
 * all, takes back what costs most as long as the budget holds.
 *
 * @throws {CompilerError} `DRIFT_OVER_BUDGET` if the budget cannot be met with all tensors wide.
 */
export function chooseWidths({ candidates, evaluate, maxDrift }: WidthSearch): Widths {
  const none = evaluate({});
  if (none.drift <= maxDrift) return {};
  const all: Widths = Object.fromEntries(candidates.map((id) => [id, WIDE_BITS]));
  const { drift, cost } = evaluate(all);
  if (drift > maxDrift) throw new CompilerError({ code: "DRIFT_OVER_BUDGET", drift, maxDrift });

  const savings = candidates
    .map((id) => ({ id, saved: cost - evaluate(without(all, id)).cost }))
    .toSorted((a, b) => b.saved - a.saved || (a.id < b.id ? -1 : 1));
  let widths = all;
  for (const { id } of savings) {
    const fewer = without(widths, id);
    if (evaluate(fewer).drift <= maxDrift) widths = fewer;
  }
  return widths;
}

function without(widths: Widths, id: FloatId): Widths {
  return Object.fromEntries(Object.entries(widths).filter(([it]) => it !== id));
}
