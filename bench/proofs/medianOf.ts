/** Of the wall clock and of all threads of the process. */
export type Seconds = { readonly wall: number; readonly cpu: number };

export const REPEATS = 5;

/**
 * Medians of the work. One round more than is counted: the first loads code and opens the key. What the work returns is a
 * check that is not timed.
 *
 * @throws {Error} where a check does not hold
 */
export async function medianOf(work: () => Promise<() => boolean>): Promise<Seconds> {
  const samples: Seconds[] = [];
  for (let i = 0; i <= REPEATS; i++) {
    const [start, used] = [performance.now(), process.cpuUsage()];
    const holds = await work();
    const { user, system } = process.cpuUsage(used);
    const seconds = { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
    if (!holds()) throw new Error("a proof does not verify");
    if (i > 0) samples.push(seconds);
  }
  return {
    wall: middle(samples.map(({ wall }) => wall)),
    cpu: middle(samples.map(({ cpu }) => cpu)),
  };
}

/** For work that there is nothing to check of. */
export function secondsOf(work: () => unknown): Promise<Seconds> {
  return medianOf(async () => {
    await work();
    return () => true;
  });
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(4));
}
