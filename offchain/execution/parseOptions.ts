import type { z } from "zod";
import { ExecutionError } from "./errors.ts";

/** @throws {ExecutionError} `OPTIONS_INVALID`, naming the first that is wrong. */
export function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  options: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
  throw new ExecutionError({ code: "OPTIONS_INVALID", reason }, { cause: parsed.error });
}
