/** A bounded number of holders at once; those who wait are served in their order. */
export type Slots = {
  /** Returns when the key has a slot. */
  readonly acquire: (key: string) => Promise<void>;
  /** Gives the key's slot back, where it has one. */
  readonly release: (key: string) => void;
  readonly waiting: () => number;
};

export function slots(count: number): Slots {
  const holders = new Set<string>();
  const queue: { readonly key: string; readonly enter: () => void }[] = [];
  return {
    acquire(key) {
      if (holders.size < count) {
        holders.add(key);
        return Promise.resolve();
      }
      return new Promise((enter) => queue.push({ key, enter }));
    },
    release(key) {
      if (!holders.delete(key)) return;
      const next = queue.shift();
      if (next === undefined) return;
      holders.add(next.key);
      next.enter();
    },
    waiting: () => queue.length,
  };
}
