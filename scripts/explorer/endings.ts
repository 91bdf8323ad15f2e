/** What has to be ended, in the order in which it was started. */
export type Endings = {
  readonly add: (end: () => Promise<unknown>) => void;
  /** Ends all of it, the last one first and each but once; one that fails keeps none of the others. */
  readonly end: () => Promise<void>;
};

/** Returns an empty list. */
export function createEndings(): Endings {
  const endings: (() => Promise<unknown>)[] = [];
  let ended: Promise<void> | undefined;
  async function endAll(): Promise<void> {
    const errors: unknown[] = [];
    for (let next = endings.pop(); next !== undefined; next = endings.pop())
      await next().catch((error: unknown) => errors.push(error));
    if (errors.length > 0) throw new AggregateError(errors, "not everything ended as it should");
  }
  return {
    add: (end) => endings.push(end),
    end: () => (ended ??= endAll()),
  };
}
