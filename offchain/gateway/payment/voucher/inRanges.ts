/** Blocks that are asked for at once: what public nodes take. */
const BLOCKS = 5_000;

/** Asks for the events of many blocks in ranges that nodes take; returns them in order. */
export async function inRanges<T>(
  from: number,
  to: number,
  ask: (from: number, to: number) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const found: T[] = [];
  for (let start = from; start <= to; start += BLOCKS)
    found.push(...(await ask(start, Math.min(start + BLOCKS - 1, to))));
  return found;
}
