/** Numbers that look like chance and come again with the same seed. */
export type Random = {
  /** At least 0, less than 1. */
  readonly unit: () => number;
  /** A whole number from 0 to `below` - 1. */
  readonly below: (below: number) => number;
};

/** Returns the numbers of a seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { unit, below: (below) => Math.floor(unit() * below) };
}
