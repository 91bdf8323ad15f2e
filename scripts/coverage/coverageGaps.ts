import type { FileCoverage, Gap } from "./measuredCoverage.ts";

/** Why a gap is none of the tests'. */
export type ExplainedGap = Pick<Gap, "at" | "what"> & { readonly why: string };

export type GapComparison = {
  readonly unexplained: readonly Gap[];
  readonly stale: readonly ExplainedGap[];
};

/** Sets the gaps that were measured against those that are explained. */
export function compareGaps(
  files: readonly FileCoverage[],
  explained: readonly ExplainedGap[],
): GapComparison {
  const gaps = files.flatMap((file) => file.gaps);
  const isSame = (a: Pick<Gap, "at" | "what">, b: Pick<Gap, "at" | "what">): boolean =>
    a.at === b.at && a.what === b.what;
  return {
    unexplained: gaps.filter((gap) => !explained.some((other) => isSame(gap, other))),
    stale: explained.filter((other) => !gaps.some((gap) => isSame(gap, other))),
  };
}

/** Covered of all, in percent; of nothing, all is covered. */
export function percentOf(covered: number, all: number): number {
  return all === 0 ? 100 : (100 * covered) / all;
}

/** A Markdown table, a row for each file that has code and one for all. */
export function renderCoverage(files: readonly FileCoverage[]): string {
  const sum = (pick: (file: FileCoverage) => number): number =>
    files.reduce((total, file) => total + pick(file), 0);
  const total: FileCoverage = {
    path: "all",
    lines: sum(({ lines }) => lines),
    coveredLines: sum(({ coveredLines }) => coveredLines),
    outcomes: sum(({ outcomes }) => outcomes),
    coveredOutcomes: sum(({ coveredOutcomes }) => coveredOutcomes),
    gaps: [],
  };
  const row = (file: FileCoverage): string =>
    `| ${[
      file.path.replace(/^contracts\//, ""),
      `${file.coveredLines}/${file.lines}`,
      `${percentOf(file.coveredLines, file.lines).toFixed(2)} %`,
      `${file.coveredOutcomes}/${file.outcomes}`,
      `${percentOf(file.coveredOutcomes, file.outcomes).toFixed(2)} %`,
    ].join(" | ")} |`;
  return [
    "| file | lines | | branches | |",
    "| --- | ---: | ---: | ---: | ---: |",
    ...files.filter(({ lines, outcomes }) => lines + outcomes > 0).map(row),
    row(total),
  ].join("\n");
}
