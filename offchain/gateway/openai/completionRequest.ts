import type { TextRequest } from "@vouch/protocol";
import { z } from "zod";
import type { TextOffer } from "../catalog.ts";
import { checkedText } from "./checkedText.ts";
import { requireParameters } from "./parameters.ts";
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
 * Returns a completion request as a back end takes it.
 *
 * @throws {GatewayError} `UNSUPPORTED_PARAMETER`, `REQUEST_INVALID`.
 */
export function textOfCompletion(body: CompletionRequest, offer: TextOffer): TextRequest {
  requireParameters(offer, body);
  return checkedText({
    prompt: body.prompt,
    tools: [],
    toolChoice: "auto",
    sampling: samplingOf(body, offer),
  });
}
