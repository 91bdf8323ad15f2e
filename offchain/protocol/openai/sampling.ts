import * as z from "zod";
import type { RequestId } from "../hex.ts";
import type { Sampling, TextRequest } from "../textRequest.ts";

const MAX_STOPS = 4;

/** What chat and completion requests share: sampling, streaming, and parameters of which but the neutral value is taken. */
export const samplingShape = {
  max_tokens: z.int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  seed: z.int().min(0).nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(MAX_STOPS)]).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.strictObject({ include_usage: z.boolean().optional() }).nullish(),
  n: z.literal(1).nullish(),
} as const;

/** See `samplingShape`. */
export type SamplingBody = z.infer<z.ZodObject<typeof samplingShape>>;

/**
 * Returns sampling with OpenAI's defaults in their places; a seed of 0 stands for one that `withSeed` gives.
 *
 * @param maxTokens where the body does not say
 */
export function samplingOf(body: SamplingBody, maxTokens: number): Sampling {
  const stop = body.stop ?? [];
  return {
    maxTokens: body.max_tokens ?? maxTokens,
    temperature: body.temperature ?? 1,
    topP: body.top_p ?? 1,
    topK: 0,
    seed: body.seed ?? 0,
    stop: typeof stop === "string" ? [stop] : stop,
    frequencyPenalty: body.frequency_penalty ?? 0,
    presencePenalty: body.presence_penalty ?? 0,
    responseFormat: { type: "text" },
  };
}

/**
 * Returns the request with a seed where its sender gave none: it follows from the request's id, so that one that is asked
 * again after a crash is answered with the same words, and signed once.
 */
export function withSeed(
  request: TextRequest,
  given: number | null | undefined,
  requestId: RequestId,
): TextRequest {
  const seed = given ?? Number(BigInt(requestId) & 0xffff_ffffn);
  return { ...request, sampling: { ...request.sampling, seed } };
}
