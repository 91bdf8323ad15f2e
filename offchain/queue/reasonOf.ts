/** Why an item failed, as dead letters keep it. */
export type Reason = { readonly code: string; readonly message: string };

const MAX_MESSAGE = 500;

/**
 * Returns what may be kept of an error: code and message of the typed ones, whose messages hold neither payloads nor keys, and
 * of any other its name alone.
 */
export function reasonOf(error: unknown): Reason {
  if (!(error instanceof Error))
    return { code: "UNKNOWN", message: "something else than an error was thrown" };
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (code === undefined || !("data" in error))
    return { code: code ?? "UNKNOWN", message: `${error.name}; the log of its process has more` };
  return { code, message: error.message.slice(0, MAX_MESSAGE) };
}
