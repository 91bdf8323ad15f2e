import type { AnswerObjects, ChatRequest, CompletionRequest, TextRequest } from "@vouch/protocol";
import {
  chatObjects,
  chatRequestSchema,
  completionObjects,
  completionRequestSchema,
  textOfChat,
  textOfCompletion,
} from "@vouch/protocol";
import type { z } from "zod";
import { SdkError } from "../errors.ts";

/** Bodies of OpenAI's two text resources; `model` names a release as `GatewayAsk.release` does. */
export type TextBody = ChatRequest | CompletionRequest;

/** How one of OpenAI's two text resources is asked, and what its answers have to be. */
export type TextResource<Body extends TextBody> = {
  readonly path: string;
  readonly schema: z.ZodType<Body>;
  readonly textOf: (body: Body, maxTokens: number) => TextRequest;
  readonly objects: AnswerObjects;
};

export const CHAT: TextResource<ChatRequest> = {
  path: "/v1/chat/completions",
  schema: chatRequestSchema,
  textOf: textOfChat,
  objects: chatObjects,
};

export const COMPLETION: TextResource<CompletionRequest> = {
  path: "/v1/completions",
  schema: completionRequestSchema,
  textOf: textOfCompletion,
  objects: completionObjects,
};

/** @throws {SdkError} `TEXT_INVALID`, naming the first field that is wrong. */
export function parseTextBody<Body extends TextBody>(
  { schema }: TextResource<Body>,
  body: unknown,
): Body {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
  throw new SdkError({ code: "TEXT_INVALID", reason }, { cause: parsed.error });
}
