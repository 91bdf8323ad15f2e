import { z } from "zod";
import type { DataRow } from "./dataRow.ts";
import { linesOf } from "./linesOf.ts";
import { toGrid } from "./toGrid.ts";

const ATTRIBUTES = 20;

const encodingSchema = z.object({
  columns: z.array(z.string()).length(ATTRIBUTES),
  numeric_divisor: z.record(z.string(), z.number()),
  categories: z.record(z.string(), z.array(z.string())),
});

/** Numbers divided as `preprocess.json` says, categories one-hot. */
export function germanOneHot(text: string, preprocessing: unknown): readonly DataRow[] {
  const { columns, numeric_divisor, categories } = encodingSchema.parse(preprocessing);
  return germanRows(text, (values) =>
    columns.flatMap((column, i) => {
      const divisor = numeric_divisor[column];
      if (divisor !== undefined) return [toGrid(Number(values[i]) / divisor)];
      return (categories[column] ?? []).map((it) => (it === values[i] ? 1 : 0));
    }),
  );
}

/** Numbers as they are; a category `A<attribute><code>` as its code. */
export function germanIntegers(text: string): readonly DataRow[] {
  return germanRows(text, (values) =>
    values.map((it, i) => Number(it.startsWith("A") ? it.slice(`A${i + 1}`.length) : it)),
  );
}

/** The label is 1 for a good risk, 2 for a bad one. */
function germanRows(
  text: string,
  encode: (values: readonly string[]) => readonly number[],
): readonly DataRow[] {
  return linesOf(text).map((line, i) => {
    const values = line.trim().split(/\s+/);
    return {
      id: `german.data row ${i + 1}`,
      x: encode(values.slice(0, ATTRIBUTES)),
      label: Number(values[ATTRIBUTES]) - 1,
    };
  });
}
