import type { Entry } from "./priceScenario.ts";

export type Candle = readonly [open: bigint, high: bigint, low: bigint, close: bigint];

/** Candles by their definition, each from all rounds; `entries` are oldest first. */
export function candlesOf(
  entries: readonly Entry[],
  {
    end,
    interval,
    rows,
  }: { readonly end: bigint; readonly interval: bigint; readonly rows: number },
): Candle[] {
  return Array.from({ length: rows }, (_, i) => {
    const start = end - interval * BigInt(rows - i);
    const open = entries.findLast(({ updatedAt }) => updatedAt <= start)!.answer; // walked until then
    const within = entries.filter(
      ({ updatedAt }) => start < updatedAt && updatedAt < start + interval,
    );
    const prices = [open, ...within.map(({ answer }) => answer)];
    const high = prices.reduce((a, b) => (a > b ? a : b));
    const low = prices.reduce((a, b) => (a < b ? a : b));
    return [open, high, low, prices.at(-1)!]; // open is one at least
  });
}
