import { z } from "zod";
import type { DataRow } from "./dataRow.ts";
import { linesOf } from "./linesOf.ts";
import { toGrid } from "./toGrid.ts";

const encodingSchema = z.object({ mean: z.array(z.number()), std: z.array(z.number()) });

/** Standardized by the mean and deviation of `preprocess.json`. */
export function wdbc(text: string, preprocessing: unknown): readonly DataRow[] {
  const { mean, std } = encodingSchema.parse(preprocessing);
  return linesOf(text).map((line) => {
    const [id = "", diagnosis, ...values] = line.trim().split(",");
    return {
      id: `wdbc ${id}`,
      x: values.map((it, i) => toGrid((Number(it) - (mean[i] ?? NaN)) / (std[i] ?? NaN))),
      label: diagnosis === "M" ? 1 : 0,
    };
  });
}
