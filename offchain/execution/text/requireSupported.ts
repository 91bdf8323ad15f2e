import type { TextRequest } from "@vouch/protocol";
import { ExecutionError } from "../errors.ts";

/**
 * Demands that a request takes nothing but text for text: what would have to be constrained or parsed is refused, for an
 * answer that ignores it would look as if it had been honoured.
 *
 * @throws {ExecutionError} `UNSUPPORTED_PARAMETER`, naming the first.
 */
export function requireSupported(
  { prompt, tools, toolChoice, sampling }: TextRequest,
  backend: string,
): void {
  const refuse = (parameter: string, reason: string): never => {
    throw new ExecutionError({ code: "UNSUPPORTED_PARAMETER", parameter, backend, reason });
  };
  if (tools.length > 0) refuse("tools", "it does not read calls from what a model writes");
  if (typeof toolChoice !== "string" || toolChoice === "required")
    refuse("toolChoice", "it does not read calls from what a model writes");
  if (sampling.responseFormat.type !== "text")
    refuse("responseFormat", "it does not hold a model to a grammar");
  if (typeof prompt === "string") return;
  for (const message of prompt)
    if (
      message.role === "tool" ||
      (message.role === "assistant" && message.toolCalls !== undefined)
    )
      refuse("messages", "chat templates are given roles and texts, not calls");
}
