import type { BaseMessage } from "@langchain/core/messages";
import { AIMessage, ToolMessage } from "@langchain/core/messages";
import type { ChatRequest } from "@vouch/protocol";
import { SdkError } from "../errors.ts";

type ChatMessages = ChatRequest["messages"];

/**
 * Returns LangChain's messages as a chat request has them.
 *
 * @throws {SdkError} `TEXT_INVALID` for roles that no model knows, and for what is not text.
 */
export function toChatMessages(messages: readonly BaseMessage[]): ChatMessages {
  return messages.map((message, index): ChatMessages[number] => {
    const content = textOf(message, index);
    if (AIMessage.isInstance(message)) return { role: "assistant", content, ...callsOf(message) };
    if (ToolMessage.isInstance(message))
      return { role: "tool", content, tool_call_id: message.tool_call_id };
    switch (message.type) {
      case "human":
        return { role: "user", content };
      case "system":
        return { role: "system", content };
      default:
        throw invalid(index, `nobody speaks as "${message.type}"`);
    }
  });
}

function callsOf({ tool_calls: calls = [] }: AIMessage): {
  tool_calls?: Extract<ChatMessages[number], { role: "assistant" }>["tool_calls"];
} {
  if (calls.length === 0) return {};
  return {
    tool_calls: calls.map(({ id, name, args }) => ({
      ...{ id: id ?? "", type: "function" as const },
      function: { name, arguments: JSON.stringify(args) },
    })),
  };
}

function textOf({ content, text }: BaseMessage, index: number): string {
  if (typeof content === "string") return content;
  const other = content.find(({ type }) => type !== "text");
  if (other !== undefined) throw invalid(index, `it holds "${other.type}", not text`);
  return text;
}

function invalid(index: number, reason: string): SdkError {
  return new SdkError({ code: "TEXT_INVALID", reason: `messages.${index}: ${reason}` });
}
