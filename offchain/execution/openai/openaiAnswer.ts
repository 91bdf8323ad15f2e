import type { Generation, ToolCall, ToolChoice } from "@vouch/protocol";
import { MAX_TEXT } from "@vouch/protocol";
import { z } from "zod";
import { ExecutionError } from "../errors.ts";

const callSchema = z.object({
  index: z.int().min(0).max(127),
  id: z.string().nullish(),
  function: z.object({ name: z.string().nullish(), arguments: z.string().nullish() }).nullish(),
});

/** A piece of a conversation's answer, or of a continued text; servers differ in what they leave out and what is null. */
const chunkSchema = z.object({
  choices: z
    .array(
      z.object({
        delta: z
          .object({ content: z.string().nullish(), tool_calls: z.array(callSchema).nullish() })
          .nullish(),
        text: z.string().nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .max(1)
    .default([]),
  usage: z
    .object({ prompt_tokens: z.int().nonnegative(), completion_tokens: z.int().nonnegative() })
    .nullish(),
});

const FINISHES: Readonly<Record<string, Generation["finish"]>> = {
  stop: "stop",
  length: "length",
  tool_calls: "toolCalls",
  content_filter: "contentFilter",
};

/** Half a surrogate pair has no UTF-8, so no hash. */
const WELL_FORMED = /^\P{Surrogate}*$/u;

/** An answer as it grows, piece by piece. */
export type AnswerReader = {
  /**
   * Takes the next piece; returns its text.
   *
   * @throws {ExecutionError} `BACKEND_ANSWER_INVALID`.
   */
  readonly push: (chunk: unknown) => string;
  /**
   * Returns the whole.
   *
   * @throws {ExecutionError} `BACKEND_ANSWER_INVALID` where the server did not say why it ended, or how many tokens it took, or did not
   * keep to the choice of tools.
   */
  readonly end: () => Generation;
};

/** Reads an answer of that back end, which was given that choice of tools; all of it is what the server says. */
export function createAnswerReader(backend: string, choice: ToolChoice): AnswerReader {
  const calls = new Map<number, { id: string; name: string; arguments: string }>();
  let text = "";
  let size = 0;
  let finish: Generation["finish"] | undefined;
  let usage: z.output<typeof chunkSchema>["usage"];

  const invalid = (reason: string, cause?: unknown): ExecutionError =>
    new ExecutionError({ code: "BACKEND_ANSWER_INVALID", backend, reason }, { cause });
  const grow = (piece: string): string => {
    size += piece.length;
    if (size > MAX_TEXT) throw invalid(`it has more than ${MAX_TEXT} characters`);
    return piece;
  };

  return {
    push(chunk) {
      const parsed = chunkSchema.safeParse(chunk);
      if (!parsed.success) throw invalid("a piece is none of the API's", parsed.error);
      usage = parsed.data.usage ?? usage;
      const [given] = parsed.data.choices;
      if (given === undefined) return "";
      const piece = grow(given.delta?.content ?? given.text ?? "");
      text += piece;
      for (const { index, id, function: called } of given.delta?.tool_calls ?? []) {
        const call = calls.get(index) ?? { id: "", name: "", arguments: "" };
        call.id = id ?? call.id;
        call.name += grow(called?.name ?? "");
        call.arguments += grow(called?.arguments ?? "");
        calls.set(index, call);
      }
      if (typeof given.finish_reason === "string") {
        finish = FINISHES[given.finish_reason];
        if (finish === undefined) throw invalid(`it ended by ${given.finish_reason}`);
      }
      return piece;
    },
    end() {
      if (finish === undefined) throw invalid("it stopped before its end");
      if (usage === undefined || usage === null) throw invalid("it does not count its tokens");
      const toolCalls: ToolCall[] = [...calls].sort(([a], [b]) => a - b).map(([, call]) => call);
      for (const it of [text, ...toolCalls.flatMap((call) => Object.values(call))])
        if (!WELL_FORMED.test(it)) throw invalid("its text is no Unicode");
      if (toolCalls.some(({ id, name }) => id === "" || name === ""))
        throw invalid("a tool call has no id or no name");
      const broken = brokenChoice(choice, finish, toolCalls);
      if (broken !== undefined) throw invalid(broken);
      return {
        text,
        toolCalls,
        finish,
        promptTokens: usage.prompt_tokens,
        completionTokens: usage.completion_tokens,
      };
    },
  };
}

/** Servers take a choice that they do not know for `auto`, and say so in their log alone; what was cut short may have been on its way. */
function brokenChoice(
  choice: ToolChoice,
  finish: Generation["finish"],
  calls: readonly ToolCall[],
): string | undefined {
  if (choice === "auto") return undefined;
  if (choice === "none") return calls.length > 0 ? "it calls a tool, and may not" : undefined;
  const isWhole = finish === "stop" || finish === "toolCalls";
  if (isWhole && calls.length === 0) return "it calls no tool, and has to";
  if (choice === "required") return undefined;
  const other = calls.find(({ name }) => name !== choice.name);
  return other === undefined ? undefined : `it calls ${other.name}, and not ${choice.name}`;
}
