import type { Mutant } from "./mutantsOf.ts";
import type { Verdict } from "./tryMutant.ts";

export type Tried = { readonly mutant: Mutant; readonly verdict: Verdict };

export type ContractScore = {
  readonly path: string;
  readonly mutants: number;
  readonly tried: number;
  readonly killed: number;
  readonly survived: number;
  readonly equivalent: number;
  readonly uncompilable: number;
};

/** Killed of those that a test could kill, in percent. */
export function scoreOf({ killed, survived }: Pick<ContractScore, "killed" | "survived">): number {
  return killed + survived === 0 ? 100 : (100 * killed) / (killed + survived);
}

export function contractScore(
  path: string,
  mutants: number,
  tried: readonly Tried[],
): ContractScore {
  const count = (status: Verdict["status"]): number =>
    tried.filter(({ verdict }) => verdict.status === status).length;
  return {
    path,
    mutants,
    tried: tried.length,
    killed: count("killed"),
    survived: count("survived"),
    equivalent: count("equivalent"),
    uncompilable: count("uncompilable"),
  };
}

/** A Markdown table, a row for each contract and one for all. */
export function renderScores(scores: readonly ContractScore[]): string {
  const sum = (pick: (score: ContractScore) => number): number =>
    scores.reduce((total, score) => total + pick(score), 0);
  const all: ContractScore = {
    path: "all",
    mutants: sum(({ mutants }) => mutants),
    tried: sum(({ tried }) => tried),
    killed: sum(({ killed }) => killed),
    survived: sum(({ survived }) => survived),
    equivalent: sum(({ equivalent }) => equivalent),
    uncompilable: sum(({ uncompilable }) => uncompilable),
  };
  const row = (score: ContractScore): string =>
    `| ${[
      score.path.replace(/^contracts\//, ""),
      score.mutants,
      score.tried,
      score.killed,
      score.survived,
      score.equivalent,
      score.uncompilable,
      `${scoreOf(score).toFixed(1)} %`,
    ].join(" | ")} |`;
  return [
    "| contract | mutants | tried | killed | survived | equivalent | uncompilable | score |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...scores.map(row),
    row(all),
  ].join("\n");
}

/** What a survivor changes, as a diff of its lines. */
export function renderSurvivor(mutant: Mutant, text: string): string {
  const source = Buffer.from(text);
  const start = source.lastIndexOf("\n", mutant.start - 1) + 1;
  const newline = source.indexOf("\n", mutant.end);
  const end = newline < 0 ? source.length : newline;
  const before = source.subarray(start, end).toString();
  const after = Buffer.concat([
    source.subarray(start, mutant.start),
    Buffer.from(mutant.replacement),
    source.subarray(mutant.end, end),
  ]).toString();
  const marked = (mark: string, lines: string): string => lines.replace(/^/gm, mark);
  return `${mutant.path}:${mutant.line} ${mutant.declaration} (${mutant.operator}, ${mutant.id})\n${marked("-", before)}\n${marked("+", after)}`;
}
