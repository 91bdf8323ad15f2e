import type { Sample } from "@vouch/publisher";

/** Part of the text that the model was trained on (`models/char-gpt/train.py`). */
const TRAINED = 0.9;

/** Returns a text as tokens: the place of each character in the sorted list of those that occur. */
export function charactersOf(text: string): readonly number[] {
  const places = new Map([...new Set(text)].sort().map((it, place) => [it, place]));
  return Array.from(text, (it) => places.get(it) ?? 0); // always there
}

/**
 * Cuts the held-out end of a text into prompts of one context, each labelled with the token behind it; of `count` of them,
 * evenly spaced.
 *
 * @param samples of `samples.json`, whose ids name their place in the text
 * @throws {Error} naming the first sample that the text does not have at its place.
 */
export function heldOutWindows(
  text: string,
  samples: readonly Sample[],
  { context, count }: { readonly context: number; readonly count: number },
): readonly (readonly number[])[] {
  const tokens = charactersOf(text);
  for (const { id, x, label } of samples) {
    const start = Number(/^held-out char (\d+)$/.exec(id)?.[1] ?? NaN);
    const there = tokens.slice(start, start + x.length + 1);
    if (String(there) !== String([...x, label])) {
      throw new Error(`the text differs from sample "${id}"`);
    }
  }
  const heldOut = tokens.slice(Math.trunc(tokens.length * TRAINED));
  const windows = Math.floor((heldOut.length - 1) / context);
  const chosen = Math.min(count, windows);
  return Array.from({ length: chosen }, (_, i) => {
    const start = Math.floor((i * windows) / chosen) * context;
    return heldOut.slice(start, start + context + 1);
  });
}
