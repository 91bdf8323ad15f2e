import type { ChatMessage, Sampling, TextRequest, Tool, ToolChoice } from "@vouch/protocol";
import type OpenAI from "openai";
import { ExecutionError } from "../errors.ts";

type ChatParams = OpenAI.ChatCompletionCreateParamsStreaming;
type TextParams = OpenAI.CompletionCreateParamsStreaming;

/**
 * Returns a conversation as the API takes it, with all that the request says of sampling; what the API has no word for is refused.
 *
 * @throws {ExecutionError} `UNSUPPORTED_PARAMETER`.
 */
export function chatParams(
  backend: string,
  model: string,
  messages: readonly ChatMessage[],
  { tools, toolChoice, sampling }: TextRequest,
): ChatParams {
  return {
    ...common(backend, model, sampling),
    messages: messages.map(messageOf),
    ...toolsOf(backend, tools, toolChoice),
    ...formatOf(sampling),
  };
}

/**
 * Returns a text to be continued as the API takes it.
 *
 * @throws {ExecutionError} `UNSUPPORTED_PARAMETER`: tools and formats are for conversations.
 */
export function textParams(
  backend: string,
  model: string,
  prompt: string,
  { tools, toolChoice, sampling }: TextRequest,
): TextParams {
  if (tools.length > 0) refuse(backend, "tools", "the API gives them to conversations only");
  toolsOf(backend, tools, toolChoice);
  if (sampling.responseFormat.type !== "text")
    refuse(backend, "responseFormat", "the API holds conversations only to a format");
  return { ...common(backend, model, sampling), prompt };
}

/** What conversations and texts share. */
type Common = {
  readonly model: string;
  readonly stream: true;
  readonly stream_options: { readonly include_usage: true };
  /** Every server knows this name of it; the newer one, which hosted models want, is not known everywhere. */
  readonly max_tokens: number;
  readonly temperature: number;
  readonly top_p: number;
  readonly seed: number;
  readonly frequency_penalty: number;
  readonly presence_penalty: number;
  readonly stop?: string[];
};

function common(backend: string, model: string, sampling: Sampling): Common {
  if (sampling.topK !== 0) refuse(backend, "topK", "the API has no word for it");
  return {
    model,
    stream: true,
    stream_options: { include_usage: true },
    max_tokens: sampling.maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    seed: sampling.seed,
    frequency_penalty: sampling.frequencyPenalty,
    presence_penalty: sampling.presencePenalty,
    ...(sampling.stop.length === 0 ? {} : { stop: [...sampling.stop] }),
  };
}

function messageOf(message: ChatMessage): OpenAI.ChatCompletionMessageParam {
  switch (message.role) {
    case "system":
    case "developer":
    case "user":
      return { role: message.role, content: message.content };
    case "assistant":
      return {
        role: "assistant",
        content: message.content,
        ...(message.toolCalls === undefined
          ? {}
          : {
              tool_calls: message.toolCalls.map(({ id, name, arguments: given }) => ({
                id,
                type: "function" as const,
                function: { name, arguments: given },
              })),
            }),
      };
    case "tool":
      return { role: "tool", content: message.content, tool_call_id: message.toolCallId };
    default:
      return message satisfies never;
  }
}

/** The API refuses a choice among no tools. */
function toolsOf(
  backend: string,
  tools: readonly Tool[],
  choice: ToolChoice,
): Pick<ChatParams, "tools" | "tool_choice"> {
  if (tools.length === 0) {
    if (choice !== "auto" && choice !== "none")
      refuse(backend, "toolChoice", "there is no tool to choose");
    return {};
  }
  return {
    tools: tools.map(({ name, description, parameters, strict }) => ({
      type: "function",
      function: {
        name,
        ...(description === undefined ? {} : { description }),
        ...(parameters === undefined ? {} : { parameters }),
        ...(strict === undefined ? {} : { strict }),
      },
    })),
    tool_choice:
      typeof choice === "string" ? choice : { type: "function", function: { name: choice.name } },
  };
}

function formatOf({ responseFormat: format }: Sampling): Pick<ChatParams, "response_format"> {
  switch (format.type) {
    case "text":
      return {};
    case "jsonObject":
      return { response_format: { type: "json_object" } };
    case "jsonSchema": {
      const { name, schema, strict } = format;
      const json = { name, schema, ...(strict === undefined ? {} : { strict }) };
      return { response_format: { type: "json_schema", json_schema: json } };
    }
    default:
      return format satisfies never;
  }
}

function refuse(backend: string, parameter: string, reason: string): never {
  throw new ExecutionError({ code: "UNSUPPORTED_PARAMETER", parameter, backend, reason });
}
