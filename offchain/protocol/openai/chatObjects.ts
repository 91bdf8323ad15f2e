import type { ToolCall } from "../textRequest.ts";
import type { AnswerHead, AnswerObjects } from "./answerObjects.ts";
import { finishOf, usageOf, vouchOf } from "./answerObjects.ts";

const idOf = ({ requestId }: AnswerHead): string => `chatcmpl-${requestId.slice(2)}`;

function chunk(head: AnswerHead, delta: object | null, finish: string | null): object {
  const choices =
    delta === null ? [] : [{ index: 0, delta, logprobs: null, finish_reason: finish }];
  const { model, created } = head;
  return { id: idOf(head), object: "chat.completion.chunk", created, model, choices };
}

/** A call of a function, in OpenAI's form. */
function callOf({ id, name, arguments: given }: ToolCall): object {
  return { id, type: "function", function: { name, arguments: given } };
}

/** Objects of `/v1/chat/completions`. */
export const chatObjects: AnswerObjects = {
  whole(head, answer, generation) {
    const { text, toolCalls } = generation;
    const message = {
      role: "assistant",
      content: text === "" && toolCalls.length > 0 ? null : text,
      refusal: null,
      ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(callOf) }),
    };
    return {
      ...{ id: idOf(head), object: "chat.completion", created: head.created, model: head.model },
      choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(generation) }],
      usage: usageOf(generation),
      vouch: vouchOf(answer),
    };
  },
  opening: (head) => chunk(head, { role: "assistant", content: "" }, null),
  piece: (head, text) => chunk(head, { content: text }, null),
  ending(head, generation, answer) {
    const calls = generation.toolCalls.map((call, index) => ({ index, ...callOf(call) }));
    const delta = calls.length === 0 ? {} : { tool_calls: calls };
    return { ...chunk(head, delta, finishOf(generation)), vouch: vouchOf(answer) };
  },
  usage: (head, generation, answer) => ({
    ...chunk(head, null, null),
    usage: usageOf(generation),
    vouch: vouchOf(answer),
  }),
};
