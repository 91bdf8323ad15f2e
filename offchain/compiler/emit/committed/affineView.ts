/**
 * Rows of an input that are windows of one tensor: with powers `rows[r]` and `columns[i]`, the element at row r and column i
 * has the power `⌊element / step⌋ = rows[r] + columns[i]`.
 */
export type AffineView = {
  readonly step: number;
  /** All different, the least of them 0. */
  readonly rows: readonly number[];
  /** Some perhaps below 0, where there is padding. */
  readonly columns: readonly number[];
};

/**
 * Finds such powers for a convolution's windows, padded or not, or a matrix's rows; `undefined` where there are none.
 *
 * @param indices row-major: an element of the tensor each, or -1
 */
export function affineView(indices: Int32Array, inputs: number): AffineView | undefined {
  const count = indices.length / inputs;
  const offsets = rowOffsets(indices, count, inputs);
  if (offsets === undefined) return undefined;
  const least = Math.min(...offsets.rows);
  const distances = offsets.rows.map((it) => it - least);
  const step = distances.reduce(greatestDivisor, 0);
  // Rows that begin at the same element are one row twice, which no power tells apart.
  if (step === 0 || new Set(distances).size < count) return undefined;
  return {
    step,
    rows: distances.map((it) => it / step),
    columns: offsets.columns.map((it) => Math.floor((it + least) / step)),
  };
}

/** Offsets with `indices[r][i] = rows[r] + columns[i]`, `undefined` unless all follow from those of the first row. */
function rowOffsets(
  indices: Int32Array,
  count: number,
  inputs: number,
): { readonly rows: readonly number[]; readonly columns: readonly number[] } | undefined {
  const rows = new Array<number | undefined>(count);
  const columns = new Array<number | undefined>(inputs);
  rows[0] = 0;
  for (let isMoving = true; isMoving;) {
    isMoving = false;
    for (let r = 0; r < count; r++) {
      for (let i = 0; i < inputs; i++) {
        const index = indices[r * inputs + i] ?? -1;
        const [row, column] = [rows[r], columns[i]];
        if (index === -1 || (row === undefined && column === undefined)) continue;
        if (row === undefined) rows[r] = index - (column ?? 0);
        else if (column === undefined) columns[i] = index - row;
        else if (row + column !== index) return undefined;
        isMoving ||= row === undefined || column === undefined;
      }
    }
  }
  const known = rows.filter((it) => it !== undefined);
  if (known.length < count) return undefined;
  // A column of padding alone meets zeros only.
  return { rows: known, columns: columns.map((it) => it ?? 0) };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
