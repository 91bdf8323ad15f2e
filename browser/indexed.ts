import * as z from "zod";
import { stack } from "./stack.ts";

const answerSchema = z.object({ data: z.record(z.string(), z.unknown()) });
const itemsSchema = z.object({ items: z.array(z.record(z.string(), z.unknown())) });

/** Returns rows of a table as the indexer has them, such as `requests(limit: 1, where: {status: "final"})` with `id`. */
export async function indexed(
  question: string,
  fields: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { url } = await stack();
  const response = await fetch(new URL("/graphql", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: `{ rows: ${question} { items { ${fields} } } }` }),
  });
  const { data } = answerSchema.parse(await response.json());
  return itemsSchema.parse(data["rows"]).items;
}

/** Returns the id of the first row of a question; fails where there is none. */
export async function firstId(question: string): Promise<string> {
  const [row] = await indexed(question, "id");
  if (typeof row?.["id"] !== "string") throw new Error(`The seed has no row for ${question}`);
  return row["id"];
}
