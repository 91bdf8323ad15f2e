const LONGEST = 256;
/** First half of a surrogate pair that was cut in two. */
const HALF = /[\uD800-\uDBFF]$/;

/**
 * Returns a stranger's text as rows hold it: without the character that PostgreSQL has no place for, and cut where it is longer than
 * anybody reads. The whole of it is on the chain.
 */
export function clip(text: string): string {
  const kept = text.replaceAll("\0", "");
  // Cut between characters, not within a surrogate pair.
  return kept.length <= LONGEST ? kept : `${kept.slice(0, LONGEST - 1).replace(HALF, "")}…`;
}
