import * as z from "zod";
import { SdkError } from "../errors.ts";
import type { HttpReply } from "./httpClient.ts";

const errorSchema = z.object({
  error: z.object({ message: z.string().max(4_096), code: z.string().max(64).nullish() }),
});

/** Returns what a reply that is no answer says, in the gateway's words. */
export async function refusalOf(resource: string, reply: HttpReply): Promise<SdkError> {
  const { code, message } = refusalIn(parseText(await reply.text()));
  return new SdkError({
    code: "GATEWAY_REFUSED",
    ...{ resource, httpStatus: reply.status, refusal: code, reason: message },
  });
}

/** Returns code and words of an error as OpenAI's clients read it; empty where it is none. */
export function refusalIn(json: unknown): { readonly code: string; readonly message: string } {
  const parsed = errorSchema.safeParse(json);
  if (!parsed.success) return { code: "", message: "it gave no reason" };
  const { code, message } = parsed.data.error;
  return { code: code ?? "", message };
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a proxy's page: its status says what there is to say
  }
}
