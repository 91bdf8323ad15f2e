import type { GatewayErrorData } from "./errors.ts";
import { GatewayError } from "./errors.ts";

/** Codes of an answerer's errors that the requester can mend, or wait out; everything else is the operator's affair. */
const REFUSALS: ReadonlySet<string> = new Set([
  ...["RELEASE_NOT_SERVED", "POLICY_NOT_SERVABLE", "INPUT_INVALID"],
  ...["PROMPT_TOO_LONG", "PROMPT_EMPTY", "CHAT_TEMPLATE_MISSING", "CHAT_TEMPLATE_FAILED"],
  ...["WORD_COUNT", "WORDS_NOT_CANONICAL", "ELEMENT_OUT_OF_RANGE"],
]);

/** Returns an answerer's error as the gateway's own; what the requester cannot mend keeps its cause and loses its words. */
export function answererError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  if (!(error instanceof Error)) return new GatewayError({ code: "ANSWER_FAILED" });
  return new GatewayError(refusalIn(error), { cause: error });
}

function refusalIn(error: Error): GatewayErrorData {
  const code = "code" in error ? error.code : undefined;
  if (code === "UNSUPPORTED_PARAMETER") {
    const parameter = parameterOf(error);
    return { code, parameter, reason: "the release's back end cannot honour it" };
  }
  if (code === "PROVER_BUSY") return { code };
  return typeof code === "string" && REFUSALS.has(code)
    ? { code: "ANSWER_REFUSED", refusal: code, reason: error.message }
    : { code: "ANSWER_FAILED" };
}

function parameterOf(error: Error): string {
  const data: unknown = "data" in error ? error.data : undefined;
  const parameter =
    typeof data === "object" && data !== null && "parameter" in data ? data.parameter : undefined;
  return typeof parameter === "string" ? parameter : "?";
}
