import * as z from "zod";
import { canonicalJson } from "./canonicalJson.ts";
import { ProtocolError } from "./errors.ts";
import { WELL_FORMED, wellFormed } from "./wellFormed.ts";

/** Characters of one text: a message, a tool's description, a generated answer. */
export const MAX_TEXT = 1 << 20;
/** Characters of a whole request in canonical JSON. */
export const MAX_REQUEST = 1 << 22;
const MAX_NAME = 256;
const MAX_MESSAGES = 1024;
const MAX_TOOLS = 128;
const MAX_STOPS = 16;
const MAX_TOKENS = 1 << 20;
/** Levels of a schema: what checks and hashes it recurses. */
const MAX_DEPTH = 64;

const name = wellFormed(MAX_NAME).min(1);

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

const jsonObject = z.custom<Readonly<Record<string, Json>>>(
  (value) => isObject(value) && isJson(value),
  `a JSON object of at most ${MAX_DEPTH} levels in well-formed Unicode`,
);

/** See `ToolCall`. */
export const toolCallSchema = z
  .strictObject({ id: name, name, arguments: wellFormed(MAX_TEXT) })
  .readonly();

const messageSchema = z.discriminatedUnion("role", [
  z
    .strictObject({ role: z.enum(["system", "developer"]), content: wellFormed(MAX_TEXT) })
    .readonly(),
  z.strictObject({ role: z.literal("user"), content: wellFormed(MAX_TEXT) }).readonly(),
  z
    .strictObject({
      role: z.literal("assistant"),
      content: wellFormed(MAX_TEXT),
      toolCalls: z.array(toolCallSchema).max(MAX_TOOLS).readonly().optional(),
    })
    .readonly(),
  z
    .strictObject({ role: z.literal("tool"), content: wellFormed(MAX_TEXT), toolCallId: name })
    .readonly(),
]);

const toolSchema = z
  .strictObject({
    name,
    description: wellFormed(MAX_TEXT).optional(),
    /** JSON schema of the arguments. */
    parameters: jsonObject.optional(),
    strict: z.boolean().optional(),
  })
  .readonly();

const toolChoiceSchema = z.union([
  z.enum(["auto", "none", "required"]),
  z.strictObject({ name }).readonly(),
]);

const responseFormatSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("text") }).readonly(),
  z.strictObject({ type: z.literal("jsonObject") }).readonly(),
  z
    .strictObject({
      type: z.literal("jsonSchema"),
      name,
      schema: jsonObject,
      strict: z.boolean().optional(),
    })
    .readonly(),
]);

const samplingSchema = z
  .strictObject({
    maxTokens: z.int().min(1).max(MAX_TOKENS),
    /** Zero takes the most likely token: greedy. */
    temperature: z.number().min(0).max(2),
    /** Tokens are drawn from the fewest whose probabilities sum to this. */
    topP: z.number().gt(0).max(1),
    /** Tokens are drawn from that many most likely ones; zero: from all. */
    topK: z.int().min(0).max(MAX_TOKENS),
    /** Always there, so that every answer can be repeated; a greedy one draws nothing. */
    seed: z.int().min(0),
    /** Texts that end an answer and are no part of it. */
    stop: z.array(name).max(MAX_STOPS).readonly(),
    /** Taken off the logit of a token for each time that it was generated. */
    frequencyPenalty: z.number().min(-2).max(2),
    /** Taken off the logit of a token that was generated. */
    presencePenalty: z.number().min(-2).max(2),
    responseFormat: responseFormatSchema,
  })
  .readonly();

/** See `TextRequest`. */
export const textRequestSchema = z
  .strictObject({
    /** A conversation, or a text to be continued as it is, without a chat template. */
    prompt: z.union([
      z.array(messageSchema).min(1).max(MAX_MESSAGES).readonly(),
      wellFormed(MAX_TEXT),
    ]),
    tools: z.array(toolSchema).max(MAX_TOOLS).readonly(),
    toolChoice: toolChoiceSchema,
    sampling: samplingSchema,
  })
  .readonly()
  .refine(
    (request) => canonicalJson(request).length <= MAX_REQUEST,
    `at most ${MAX_REQUEST} characters`,
  );

export type ToolCall = z.infer<typeof toolCallSchema>;
export type ChatMessage = z.infer<typeof messageSchema>;
export type Tool = z.infer<typeof toolSchema>;
export type ToolChoice = z.infer<typeof toolChoiceSchema>;
export type ResponseFormat = z.infer<typeof responseFormatSchema>;
export type Sampling = z.infer<typeof samplingSchema>;

/** What is asked of a language model. Nothing has a default: all that changes an answer is said, and hashed. */
export type TextRequest = z.infer<typeof textRequestSchema>;

/** Sampling that changes nothing: greedy, from all tokens, until `maxTokens`. */
export const GREEDY: Omit<Sampling, "maxTokens"> = {
  temperature: 0,
  topP: 1,
  topK: 0,
  seed: 0,
  stop: [],
  frequencyPenalty: 0,
  presencePenalty: 0,
  responseFormat: { type: "text" },
};

/** @throws {ProtocolError} `TEXT_REQUEST_MALFORMED`, naming the first field that is wrong. */
export function parseTextRequest(json: unknown): TextRequest {
  const parsed = textRequestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
  throw new ProtocolError({ code: "TEXT_REQUEST_MALFORMED", reason }, { cause: parsed.error });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Walks level by level: what is too deep for the stack is refused by its depth. */
function isJson(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH || !level.every(isPartOfJson)) return false;
    level = level.flatMap(childrenOf);
  }
  return true;
}

function childrenOf(value: unknown): readonly unknown[] {
  return typeof value === "object" && value !== null ? Object.values(value) : [];
}

function isPartOfJson(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return WELL_FORMED.test(value);
    case "number":
      return Number.isFinite(value);
    case "object":
      return value === null || Object.keys(value).every((key) => WELL_FORMED.test(key));
    default:
      return typeof value === "boolean";
  }
}
