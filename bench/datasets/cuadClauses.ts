import { z } from "zod";
import { bagOfWords } from "./bagOfWords.ts";
import type { DataRow } from "./dataRow.ts";
import { field, readCsv } from "./readCsv.ts";

const kindsSchema = z.object({ classes: z.array(z.string()) });

/** Clauses that carry exactly one of the model's kinds, each once. */
export function cuadClauses(text: string, preprocessing: unknown): readonly DataRow[] {
  const { classes } = kindsSchema.parse(preprocessing);
  const encode = bagOfWords(preprocessing);
  const clauses = new Map<string, { readonly contract: string; readonly kinds: Set<number> }>();
  for (const line of readCsv(text)) {
    const kind = classes.indexOf(field(line, "category"));
    if (kind < 0) continue;
    const clause = field(line, "text");
    const known = clauses.get(clause) ?? { contract: field(line, "contract"), kinds: new Set() };
    clauses.set(clause, known);
    known.kinds.add(kind);
  }
  return [...clauses].flatMap(([clause, { contract, kinds }]) => {
    const [label, ...others] = kinds;
    if (label === undefined || others.length > 0) return [];
    return [{ id: `contract ${contract}`, x: encode(clause), label }];
  });
}
