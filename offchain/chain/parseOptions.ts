import type { z } from "zod";
import { ChainError } from "./errors.ts";

/** @throws {ChainError} `OPTIONS_INVALID`. */
export function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  options: z.input<Schema>,
): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const cause = parsed.error;
  const reason = cause.issues.map((it) => `${it.path.join(".")}: ${it.message}`).join(", ");
  throw new ChainError({ code: "OPTIONS_INVALID", reason }, { cause });
}
