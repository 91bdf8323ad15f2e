import type { ModelAssurance } from "../data/readModelAssurance.ts";
import type { Ranked, Series } from "../ui/charts/series.ts";
import { plainText } from "../ui/visibleText.ts";
import type { AssuranceFilter, Measure } from "./stackAssurance.ts";
import { isKept, keyOf, measured, seriesOf } from "./stackAssurance.ts";

/** Stacks each model's answers by the evidence that they rest on; models of which none are left are left out. */
export function stackModels(
  { models, rows }: ModelAssurance,
  measure: Measure,
  filter: AssuranceFilter = {},
): { readonly points: readonly Ranked[]; readonly series: readonly Series[] } {
  const kept = rows.filter((row) => isKept(row, filter));
  const points = models
    .map(({ id, name }): Ranked => {
      const own = kept.filter(({ modelId }) => modelId === id);
      const values = own.map((row) => [keyOf(row), measured(row, measure)] as const);
      return { id, name: plainText(name), values: Object.fromEntries(values) };
    })
    .filter(({ values }) => Object.keys(values).length > 0);
  return { points, series: seriesOf(kept) };
}
