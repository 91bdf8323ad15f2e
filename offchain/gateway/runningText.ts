import { once, EventEmitter } from "node:events";
import type { StoredAnswer } from "./answerer.ts";

/** A text that is being generated, for any number of readers from its beginning. */
export type RunningText = {
  /** Pieces of text, those that were before the call included; throws what the generation fails with. */
  readonly pieces: () => AsyncIterable<string>;
  /** The whole, once it is stored. */
  readonly answer: Promise<StoredAnswer>;
};

/**
 * Runs a generation once, whoever reads it: a reader that goes away stops nothing, so that what was paid for can be fetched
 * again by the same payment.
 *
 * @param generate calls back with each piece, and resolves with the answer when it is stored
 */
export function runText(
  generate: (onPiece: (piece: string) => void) => Promise<StoredAnswer>,
): RunningText {
  const bell = new EventEmitter().setMaxListeners(0);
  const pieces: string[] = [];
  let isOver = false;
  const answer = generate((piece) => {
    pieces.push(piece);
    bell.emit("ring");
  }).finally(() => {
    isOver = true;
    bell.emit("ring");
  });
  answer.catch(() => undefined); // every reader gets it, and there may be none

  return {
    answer,
    async *pieces() {
      for (let read = 0; ;) {
        const piece = pieces[read];
        if (piece !== undefined) {
          read++;
          yield piece;
        } else if (isOver) break;
        else await once(bell, "ring");
      }
      await answer; // throws where it failed
    },
  };
}

/** A text that was generated before. */
export function storedText(answer: StoredAnswer): RunningText {
  return {
    answer: Promise.resolve(answer),
    // eslint-disable-next-line @typescript-eslint/require-await -- an iterable of what is there already
    async *pieces() {
      if (answer.generation !== null && answer.generation.text !== "") yield answer.generation.text;
    },
  };
}
