import { z } from "zod";

const errorSchema = z
  .looseObject({
    error: z.object({
      message: z.string(),
      type: z.string(),
      param: z.string().nullable(),
      code: z.string(),
    }),
  })
  .meta({ description: "OpenAI's form of an error; `code` is the gateway's" });

/** What a resource may answer but its answer; 402 has x402's requirements beside the error. */
export const errorResponses = {
  402: errorSchema,
  "4xx": errorSchema,
  "5xx": errorSchema,
} as const;
