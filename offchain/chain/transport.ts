import { z } from "zod";
import { ChainError } from "./errors.ts";

/** What a node says where it refuses: an answer, not a fault of the way to it. */
export type RpcRefusal = {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
};

/** A node's answer to one call. */
export type RpcAnswer = { readonly result: unknown } | { readonly error: RpcRefusal };

/** The way to one node. */
export type Transport = {
  /** @throws {ChainError} `ENDPOINT_FAILED`, `ENDPOINT_BUSY`: there is no answer. */
  readonly ask: (method: string, params: unknown) => Promise<RpcAnswer>;
  readonly close: () => void;
};

const refusalSchema = z.object({
  code: z.number().catch(-32000),
  message: z.string().catch(""),
  data: z.unknown().optional(),
});
export const answerSchema = z.union([
  z.object({ id: z.unknown().optional(), error: refusalSchema }),
  z.object({ id: z.number(), result: z.unknown() }),
]);

/** @throws {ChainError} `ENDPOINT_FAILED` where the value is no answer of JSON-RPC to the call with that id. */
export function parseAnswer(endpoint: string, id: number, value: unknown): RpcAnswer {
  const parsed = answerSchema.safeParse(value);
  if (!parsed.success) throw failed(endpoint, "its answer is not JSON-RPC", parsed.error);
  const answer = parsed.data;
  if ("error" in answer) return { error: answer.error };
  if (answer.id !== id) throw failed(endpoint, "it answers another call");
  return { result: answer.result };
}

export function failed(endpoint: string, reason: string, cause?: unknown): ChainError {
  return new ChainError({ code: "ENDPOINT_FAILED", endpoint, reason }, { cause });
}
