import type { DataRow } from "./dataRow.ts";

/** Labels that are no classes are written to six decimals. */
const LABEL_TOLERANCE = 1e-6;

/**
 * Holds what a reader makes of the raw data against what the model was trained and released with.
 *
 * @param samples of the model's `samples.json`, all of the data set
 * @throws {Error} naming the first sample that no row of the same id equals.
 */
export function requireSamples(
  model: string,
  samples: readonly { id: string; x: readonly number[]; label?: number }[],
  rows: readonly DataRow[],
): void {
  for (const sample of samples) {
    const found = rows.some(
      ({ id, x, label }) =>
        id === sample.id &&
        x.length === sample.x.length &&
        x.every((it, i) => it === sample.x[i]) &&
        Math.abs(label - (sample.label ?? NaN)) < LABEL_TOLERANCE,
    );
    if (!found) throw new Error(`${model}: the data set has no row equal to sample "${sample.id}"`);
  }
}
