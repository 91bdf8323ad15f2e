import type { Generation, Sampling } from "@vouch/protocol";
import { createDetokenizer } from "./detokenizer.ts";
import { createStopFilter } from "./stopFilter.ts";
import type { TextModel } from "./loadTextModel.ts";

/** An answer as it grows, token by token. */
export type AnswerCollector = {
  readonly tokens: () => readonly number[];
  /** Takes the next token; returns true where it ended the answer. */
  readonly push: (token: number) => boolean;
  /** Takes what is left, and returns the whole. */
  readonly end: (promptTokens: number) => Generation;
};

/** Shows text as soon as no stop text can begin in it: what is shown, joined, is the answer's text. */
export function collectAnswer(
  { decode, ends }: Pick<TextModel, "decode" | "ends">,
  { stop }: Pick<Sampling, "stop">,
  onText: (text: string) => void,
): AnswerCollector {
  const detokenizer = createDetokenizer(decode);
  const filter = createStopFilter(stop);
  const tokens: number[] = [];
  let text = "";
  let ended = false;

  const show = (piece: string): void => {
    text += piece;
    if (piece !== "") onText(piece);
  };
  return {
    tokens: () => tokens,
    push(token) {
      tokens.push(token);
      ended = ends.has(token);
      if (!ended) show(filter.push(detokenizer.push(token)));
      return ended || filter.stopped();
    },
    end(promptTokens) {
      show(filter.push(detokenizer.end()));
      show(filter.end());
      return {
        text,
        toolCalls: [],
        finish: ended || filter.stopped() ? "stop" : "length",
        promptTokens,
        completionTokens: tokens.length,
      };
    },
  };
}
