import type { AnswerHead, AnswerObjects } from "@vouch/protocol";
import { errorBody } from "../httpErrors.ts";
import type { RunningText } from "../runningText.ts";

/**
 * Returns an answer as server-sent events, as OpenAI's clients read them. One that fails on its way ends with an error in place
 * of its ending: then it has no receipt, and nothing is owed.
 */
export async function* eventStream(
  text: RunningText,
  head: AnswerHead,
  objects: AnswerObjects,
  { includeUsage }: { readonly includeUsage: boolean },
): AsyncIterable<string> {
  // Asked for usage, a stream carries it as null on every object before the last.
  const usage = includeUsage ? { usage: null } : {};
  const opening = objects.opening(head);
  if (opening !== null) yield event({ ...opening, ...usage });
  try {
    for await (const piece of text.pieces())
      yield event({ ...objects.piece(head, piece), ...usage });
    const answer = await text.answer;
    if (answer.generation === null) throw new TypeError("a tensor's answer has no text");
    yield event({ ...objects.ending(head, answer.generation, answer), ...usage });
    if (includeUsage) yield event(objects.usage(head, answer.generation, answer));
  } catch (error) {
    yield event(errorBody(error));
  }
  yield "data: [DONE]\n\n";
}

function event(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}
