/** Fees that were paid lately, in wei. */
export type RecentPrice = {
  readonly count: number;
  readonly least: bigint;
  readonly median: bigint;
  readonly most: bigint;
};

/** Returns the range and the median of fees, the lower of two middle ones; undefined where nothing was paid. */
export function priceOf(fees: readonly bigint[]): RecentPrice | undefined {
  const sorted = fees.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const [least, most] = [sorted[0], sorted.at(-1)];
  const median = sorted[Math.floor((sorted.length - 1) / 2)];
  if (least === undefined || most === undefined || median === undefined) return undefined;
  return { count: sorted.length, least, median, most };
}
