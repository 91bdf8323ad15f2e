const waiting = new Set<() => void>();

/** Runs what is handed to it one after the other, each in a task of its own: the page answers in between. Returns what takes it back. */
export function inTurn(work: () => void): () => void {
  waiting.add(work);
  if (waiting.size === 1) setTimeout(next);
  return () => waiting.delete(work);
}

function next(): void {
  const [work] = waiting;
  if (work === undefined) return;
  try {
    work();
  } finally {
    waiting.delete(work);
    if (waiting.size > 0) setTimeout(next);
  }
}
