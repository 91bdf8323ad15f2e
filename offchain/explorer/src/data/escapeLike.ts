/** Returns a search in which `%` and `_` stand for themselves: the indexer hands it to SQL's LIKE. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}
