import type { z } from "zod";
import { AttestationError } from "./errors.ts";

/**
 * Reads JSON text in the form of `schema`.
 *
 * @param field what the text is of, for the error.
 * @throws {AttestationError} `COLLATERAL_MALFORMED`, naming the member.
 */
export function parseDocument<Output>(
  schema: z.ZodType<Output>,
  text: string,
  field: string,
): Output {
  const parsed = schema.safeParse(jsonOf(text, field));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const member = issue?.path.join(".") ?? "";
  throw new AttestationError(
    {
      code: "COLLATERAL_MALFORMED",
      field: member === "" ? field : `${field}, ${member},`,
      reason: `is not as it should be: ${issue?.message ?? "unknown"}`,
    },
    { cause: parsed.error },
  );
}

function jsonOf(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AttestationError(
      { code: "COLLATERAL_MALFORMED", field, reason: "is no JSON" },
      { cause },
    );
  }
}
