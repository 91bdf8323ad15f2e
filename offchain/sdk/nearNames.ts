const MAX_SHOWN = 3;

/**
 * Returns up to three of `names` that are most like `name`: at most a third of it to be changed (Levenshtein), or holding it; the
 * nearest first, each once.
 *
 * @example
 * nearNames("mnist-cnm", ["mnist-cnn", "heart-forest"]); // ["mnist-cnn"]
 */
export function nearNames(name: string, names: readonly string[]): string[] {
  const wanted = name.toLowerCase();
  const limit = Math.max(2, Math.floor(wanted.length / 3));
  return [...new Set(names)]
    .map((it) => ({ it, distance: distanceTo(wanted, it.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance || (a.it < b.it ? -1 : 1))
    .slice(0, MAX_SHOWN)
    .map(({ it }) => it);
}

function distanceTo(wanted: string, name: string): number {
  if (wanted.length >= 3 && name.includes(wanted)) return 1;
  return editDistance(wanted.slice(0, MAX_LENGTH), name.slice(0, MAX_LENGTH));
}

/** Names are the publishers' texts, of any length; of a long one the beginning tells enough. */
const MAX_LENGTH = 64;

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const kept = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(kept, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
