import { chatRequestSchema, completionRequestSchema } from "@vouch/protocol";
import { z } from "zod";
import { chatResource, completionResource } from "../openai/textResources.ts";
import { errorResponses } from "./errorResponses.ts";
import type { Routes } from "./routes.ts";
import type { TextRouteDeps } from "./textRoute.ts";
import { answerText } from "./textRoute.ts";

const answer = (description: string) => z.looseObject({ id: z.string() }).meta({ description });

/** `POST /v1/chat/completions` and `POST /v1/completions`, as OpenAI's clients speak them. */
export function registerTextRoutes(routes: Routes, deps: TextRouteDeps): void {
  routes.post(
    "/v1/chat/completions",
    {
      schema: {
        description: "Goes on with a conversation; OpenAI's chat completions, closed",
        body: chatRequestSchema,
        response: {
          200: answer("A chat completion with `vouch`, or server-sent events of its chunks"),
          ...errorResponses,
        },
      },
    },
    async (request, reply) => {
      await answerText(request, reply, request.body, chatResource, deps);
      return reply;
    },
  );
  routes.post(
    "/v1/completions",
    {
      schema: {
        description: "Continues a text; OpenAI's completions, closed",
        body: completionRequestSchema,
        response: {
          200: answer("A completion with `vouch`, or server-sent events of its pieces"),
          ...errorResponses,
        },
      },
    },
    async (request, reply) => {
      await answerText(request, reply, request.body, completionResource, deps);
      return reply;
    },
  );
}
