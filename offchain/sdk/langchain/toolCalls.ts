import type { ToolCall } from "@langchain/core/messages/tool";
import { SdkError } from "../errors.ts";
import { withPayment } from "../http/paidWork.ts";
import type { VerifiedText } from "../http/textOver.ts";

/**
 * Returns the calls of tools of a verified answer.
 *
 * @throws {SdkError} `TEXT_INVALID` for arguments that are no JSON object: a model may write anything.
 */
export function toolCallsOf({
  generation,
  payment,
}: Pick<VerifiedText, "generation" | "payment">): ToolCall[] {
  return generation.toolCalls.map(({ id, name, arguments: text }) => {
    const args = objectIn(text);
    if (args === undefined) {
      const reason = `the model called "${name}" with what is no JSON object`;
      throw withPayment(new SdkError({ code: "TEXT_INVALID", reason }), payment?.header ?? null);
    }
    return { type: "tool_call", id, name, args };
  });
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // the caller says so
  }
}
