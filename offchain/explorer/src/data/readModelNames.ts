import * as z from "zod";
import { queryIndexer } from "./queryIndexer.ts";

const schema = z.object({
  models: z.object({ items: z.array(z.object({ id: z.string(), name: z.string() })) }),
});

/** The question for the models that are used most. */
export const MODEL_NAMES_QUERY = `
  query ModelNames { models(orderBy: "requests", orderDirection: "desc", limit: 25) { items { id name } } }`;

/** Returns the models that are used most, by their names. */
export async function readModelNames(
  signal?: AbortSignal,
): Promise<readonly { readonly id: string; readonly name: string }[]> {
  return (await queryIndexer(schema, MODEL_NAMES_QUERY, {}, signal)).models.items;
}
