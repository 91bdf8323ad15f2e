import type { AnswerHead, AnswerObjects } from "./answerObjects.ts";
import { finishOf, usageOf, vouchOf } from "./answerObjects.ts";

function object(head: AnswerHead, text: string | null, finish: string | null): object {
  const choices = text === null ? [] : [{ index: 0, text, logprobs: null, finish_reason: finish }];
  const { requestId, model, created } = head;
  const id = `cmpl-${requestId.slice(2)}`;
  return { id, object: "text_completion", created, model, choices };
}

/** Objects of `/v1/completions`. */
export const completionObjects: AnswerObjects = {
  whole: (head, answer, generation) => ({
    ...object(head, generation.text, finishOf(generation)),
    usage: usageOf(generation),
    vouch: vouchOf(answer),
  }),
  opening: () => null,
  piece: (head, text) => object(head, text, null),
  ending: (head, generation, answer) => ({
    ...object(head, "", finishOf(generation)),
    vouch: vouchOf(answer),
  }),
  usage: (head, generation, answer) => ({
    ...object(head, null, null),
    usage: usageOf(generation),
    vouch: vouchOf(answer),
  }),
};
