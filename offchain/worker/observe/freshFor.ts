/**
 * Returns `look`, which gives the same to all who ask until `milliseconds` after it was asked, failures too: what it costs does not grow
 * with how often it is asked.
 *
 * @param now milliseconds of a clock that never goes back
 */
export function freshFor<T>(
  milliseconds: number,
  look: () => Promise<T>,
  now: () => number = () => performance.now(),
): () => Promise<T> {
  let last: { readonly seen: Promise<T>; readonly at: number } | undefined;
  return () => {
    if (last === undefined || now() - last.at >= milliseconds) last = { seen: look(), at: now() };
    return last.seen;
  };
}
