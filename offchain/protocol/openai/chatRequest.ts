import * as z from "zod";
import type { ChatMessage, ResponseFormat, TextRequest, Tool, ToolChoice } from "../textRequest.ts";
import { parseTextRequest } from "../textRequest.ts";
import { samplingOf, samplingShape } from "./sampling.ts";

const MAX_MESSAGES = 1024;
const MAX_TOOLS = 128;

const jsonSchema = z.record(z.string(), z.unknown());
const content = z.union([
  z.string(),
  z.array(z.strictObject({ type: z.literal("text"), text: z.string() })),
]);
const name = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[a-zA-Z0-9_-]+$/, "letters, digits, _ and -");

const toolCallSchema = z.strictObject({
  id: z.string(),
  type: z.literal("function"),
  function: z.strictObject({ name, arguments: z.string() }),
});

const messageSchema = z.discriminatedUnion("role", [
  z.strictObject({ role: z.enum(["system", "developer"]), content }),
  z.strictObject({ role: z.literal("user"), content }),
  z.strictObject({
    role: z.literal("assistant"),
    content: content.nullish(),
    tool_calls: z.array(toolCallSchema).max(MAX_TOOLS).optional(),
  }),
  z.strictObject({ role: z.literal("tool"), content, tool_call_id: z.string() }),
]);

const toolSchema = z.strictObject({
  type: z.literal("function"),
  function: z.strictObject({
    name,
    description: z.string().optional(),
    parameters: jsonSchema.optional(),
    strict: z.boolean().nullish(),
  }),
});

const toolChoiceSchema = z.union([
  z.enum(["none", "auto", "required"]),
  z.strictObject({ type: z.literal("function"), function: z.strictObject({ name }) }),
]);

const responseFormatSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text") }),
  z.strictObject({ type: z.literal("json_object") }),
  z.strictObject({
    type: z.literal("json_schema"),
    json_schema: z.strictObject({ name, schema: jsonSchema, strict: z.boolean().nullish() }),
  }),
]);

/**
 * Body of `POST /v1/chat/completions`. It is closed: a parameter that is not here would be ignored, so it is refused. One that
 * may have but its neutral value is here for clients that always send it.
 */
export const chatRequestSchema = z
  .strictObject({
    model: z.string().min(1),
    messages: z.array(messageSchema).min(1).max(MAX_MESSAGES),
    ...samplingShape,
    max_completion_tokens: z.int().min(1).nullish(),
    tools: z.array(toolSchema).min(1).max(MAX_TOOLS).optional(),
    tool_choice: toolChoiceSchema.optional(),
    response_format: responseFormatSchema.optional(),
    logprobs: z.literal(false).nullish(),
  })
  .meta({ description: "A conversation to go on with" });

export type ChatRequest = z.infer<typeof chatRequestSchema>;

/**
 * Returns a chat request as a back end takes it, with a seed of 0 where it has none (`withSeed`).
 *
 * @param maxTokens of an answer, where the request does not say
 * @throws {ProtocolError} `TEXT_REQUEST_MALFORMED` for what is beyond the protocol's limits.
 */
export function textOfChat(body: ChatRequest, maxTokens: number): TextRequest {
  const { response_format: format, max_completion_tokens: max } = body;
  return parseTextRequest({
    prompt: body.messages.map(messageOf),
    tools: (body.tools ?? []).map(toolOf),
    toolChoice: toolChoiceOf(body.tool_choice ?? "auto"),
    sampling: {
      ...samplingOf({ ...body, max_tokens: max ?? body.max_tokens }, maxTokens),
      responseFormat: formatOf(format ?? { type: "text" }),
    },
  });
}

function messageOf(message: z.infer<typeof messageSchema>): ChatMessage {
  switch (message.role) {
    case "system":
    case "developer":
    case "user":
      return { role: message.role, content: textIn(message.content) };
    case "tool":
      return {
        role: "tool",
        content: textIn(message.content),
        toolCallId: message.tool_call_id,
      };
    case "assistant": {
      const { content: text, tool_calls: calls } = message;
      return {
        role: "assistant",
        content: textIn(text ?? ""),
        ...(calls === undefined
          ? {}
          : { toolCalls: calls.map((call) => ({ id: call.id, ...call.function })) }),
      };
    }
  }
}

function textIn(value: z.infer<typeof content>): string {
  return typeof value === "string" ? value : value.map(({ text }) => text).join("");
}

function toolOf({ function: { strict, parameters, ...rest } }: z.infer<typeof toolSchema>): Tool {
  return {
    ...rest,
    ...(parameters === undefined
      ? {}
      : { parameters: parameters as NonNullable<Tool["parameters"]> }),
    ...(strict == null ? {} : { strict }),
  };
}

function toolChoiceOf(choice: z.infer<typeof toolChoiceSchema>): ToolChoice {
  return typeof choice === "string" ? choice : { name: choice.function.name };
}

function formatOf(format: z.infer<typeof responseFormatSchema>): ResponseFormat {
  switch (format.type) {
    case "text":
      return { type: "text" };
    case "json_object":
      return { type: "jsonObject" };
    case "json_schema": {
      const { name: title, schema, strict } = format.json_schema;
      type Schema = Extract<ResponseFormat, { type: "jsonSchema" }>["schema"];
      return {
        ...{ type: "jsonSchema", name: title, schema: schema as Schema },
        ...(strict == null ? {} : { strict }),
      };
    }
  }
}
