import * as z from "zod";
import type { TextRequest } from "../textRequest.ts";
import { parseTextRequest } from "../textRequest.ts";
import { samplingOf, samplingShape } from "./sampling.ts";

/** Body of `POST /v1/completions`; closed as `chatRequestSchema` is. */
export const completionRequestSchema = z
  .strictObject({
    model: z.string().min(1),
    prompt: z.string(),
    ...samplingShape,
    echo: z.literal(false).nullish(),
    best_of: z.literal(1).nullish(),
    logprobs: z.null().optional(),
    suffix: z.null().optional(),
  })
  .meta({ description: "A text to continue" });

export type CompletionRequest = z.infer<typeof completionRequestSchema>;

/**
 * Returns a completion request as a back end takes it, as `textOfChat` does.
 *
 * @throws {ProtocolError} `TEXT_REQUEST_MALFORMED`.
 */
export function textOfCompletion(body: CompletionRequest, maxTokens: number): TextRequest {
  return parseTextRequest({
    prompt: body.prompt,
    tools: [],
    toolChoice: "auto",
    sampling: samplingOf(body, maxTokens),
  });
}
