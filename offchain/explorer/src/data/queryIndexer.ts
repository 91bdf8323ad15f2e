import * as z from "zod";
import { DataError } from "./errors.ts";

const answerSchema = z.object({
  data: z.unknown().optional(),
  errors: z.array(z.object({ message: z.string() })).optional(),
});

/**
 * Asks the indexer, and reads its answer by a schema: what comes from it is data of strangers.
 *
 * @throws {DataError} `INDEXER_DOWN`, `INDEXER_REFUSED`, `INDEXER_MALFORMED`.
 */
export async function queryIndexer<T>(
  schema: z.ZodType<T>,
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  signal?: AbortSignal,
): Promise<T> {
  const response = await fetch("/graphql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((cause: unknown) => {
    throw new DataError({ code: "INDEXER_DOWN" }, { cause });
  });
  if (response.status >= 500) throw new DataError({ code: "INDEXER_DOWN" });
  const answer = answerSchema.safeParse(await response.json().catch(() => null));
  if (!answer.success) throw new DataError({ code: "INDEXER_MALFORMED", at: "" });
  const [refusal] = answer.data.errors ?? [];
  if (refusal !== undefined)
    throw new DataError({ code: "INDEXER_REFUSED", reason: refusal.message });
  const parsed = schema.safeParse(answer.data.data);
  if (!parsed.success) {
    const at = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new DataError({ code: "INDEXER_MALFORMED", at }, { cause: parsed.error });
  }
  return parsed.data;
}
