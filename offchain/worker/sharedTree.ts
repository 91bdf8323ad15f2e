import type { Hex, StatementTree } from "@vouch/protocol";

const WORD_CHARACTERS = 66;

/** A tree as one thread passes it to another: each string is copied by itself, so that it is one. */
export type SharedTree = { readonly count: number; readonly words: string };

/** Returns salts and nodes end to end. */
export function shareTree({ salts, levels }: StatementTree): SharedTree {
  return { count: salts.length, words: joinWords([...salts, ...levels.flat()]) };
}

/** Inverts `shareTree`. */
export function unshareTree({ count, words }: SharedTree): StatementTree {
  const all = splitWords(words);
  const levels: Hex[][] = [];
  for (let at = count, width = count; at < all.length; at += width, width = Math.ceil(width / 2))
    levels.push(all.slice(at, at + width));
  return { salts: all.slice(0, count), levels };
}

/** Returns words of 32 bytes as one string. */
export function joinWords(words: readonly Hex[]): string {
  return words.join("");
}

/** Inverts `joinWords`. */
export function splitWords(joined: string): Hex[] {
  const words: Hex[] = [];
  for (let at = 0; at < joined.length; at += WORD_CHARACTERS)
    words.push(joined.slice(at, at + WORD_CHARACTERS) as Hex);
  return words;
}
