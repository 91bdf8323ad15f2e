import { formatUnits } from "ethers";
import type { FeedRound } from "../../data/readFeed.ts";
import type { Point } from "../../ui/charts/series.ts";

/** Returns rounds as a chart draws them, from the oldest on; of two in one second the later one counts. */
export function feedPoints(
  rounds: readonly Pick<FeedRound, "at" | "round" | "answer" | "confidence">[],
  decimals: number,
): readonly Point[] {
  const byTime = new Map<number, Point>();
  for (const { at, answer, confidence } of [...rounds].sort((a, b) =>
    a.round < b.round ? -1 : 1,
  )) {
    byTime.set(at, {
      at,
      answer: Number(formatUnits(answer, decimals)),
      confidence: Number(formatUnits(confidence, decimals)),
    });
  }
  return [...byTime.values()];
}
