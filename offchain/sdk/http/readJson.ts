import type { z } from "zod";
import { SdkError } from "../errors.ts";
import type { HttpReply } from "./httpClient.ts";

/**
 * Returns the body of a reply by its schema.
 *
 * @throws {SdkError} `RESPONSE_MALFORMED`, naming the first field that is wrong.
 */
export async function readJson<T>(
  resource: string,
  reply: HttpReply,
  schema: z.ZodType<T>,
): Promise<T> {
  return parseBody(resource, await reply.text(), schema);
}

/** @throws {SdkError} `RESPONSE_MALFORMED`. */
export function parseBody<T>(resource: string, text: string, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(parseJson(resource, text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
  throw new SdkError({ code: "RESPONSE_MALFORMED", resource, reason }, { cause: parsed.error });
}

function parseJson(resource: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SdkError({ code: "RESPONSE_MALFORMED", resource, reason: "no JSON" }, { cause });
  }
}
