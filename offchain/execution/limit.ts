/** Runs work, at most so much at a time; what is over waits in order. */
export type Limit = <T>(work: () => Promise<T>) => Promise<T>;

/** @param most 1 or more */
export function createLimit(most: number): Limit {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running < most) running += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve)); // takes over the place of one that ends
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}
