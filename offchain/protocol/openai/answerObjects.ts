import type { RequestId } from "../hex.ts";
import type { Receipt } from "../receipt.ts";
import type { Generation } from "../textTranscript.ts";

/** What stays the same over all objects of one answer. */
export type AnswerHead = {
  readonly requestId: RequestId;
  readonly model: string;
  /** Seconds since 1970. */
  readonly created: number;
};

/** What of an answer OpenAI's objects name. */
export type AnswerSource = { readonly receipt: Pick<Receipt, "statement"> };

/** Extension of OpenAI's objects: where the receipt is. */
export type VouchExtension = {
  readonly receipt: RequestId;
  readonly release: string;
  readonly operator: string;
};

/** How one of OpenAI's two text resources writes its answers. */
export type AnswerObjects = {
  readonly whole: (head: AnswerHead, answer: AnswerSource, generation: Generation) => object;
  /** First object of a stream; `null` where there is none. */
  readonly opening: (head: AnswerHead) => object | null;
  readonly piece: (head: AnswerHead, text: string) => object;
  /** Calls of tools, and why it ended. */
  readonly ending: (head: AnswerHead, generation: Generation, answer: AnswerSource) => object;
  /** Behind the ending, for who asked for it. */
  readonly usage: (head: AnswerHead, generation: Generation, answer: AnswerSource) => object;
};

/** Returns the extension that names an answer's receipt. */
export function vouchOf({ receipt: { statement } }: AnswerSource): VouchExtension {
  return {
    receipt: statement.request,
    release: statement.release,
    operator: statement.operator,
  };
}

/** Returns OpenAI's count of tokens. */
export function usageOf({ promptTokens, completionTokens }: Generation): object {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

/** Returns why an answer ended, in OpenAI's words. */
export function finishOf({ finish }: Generation): string {
  switch (finish) {
    case "toolCalls":
      return "tool_calls";
    case "contentFilter":
      return "content_filter";
    default:
      return finish;
  }
}
