import type { Analysis, Finding } from "./finding.ts";

/** Why findings of a rule are fine at places; `*` in a place stands for any text. */
export type Explanation = {
  readonly tool: string;
  readonly rule: string;
  readonly at: readonly string[];
  readonly why: string;
};

export type Comparison = {
  readonly unexplained: readonly Finding[];
  readonly explained: readonly Finding[];
  /** Places of explanations at which an analyser that ran found nothing. */
  readonly stale: readonly { readonly explanation: Explanation; readonly at: string }[];
};

/** Sets what was found against what is explained; an analyser that did not run makes no explanation stale. */
export function compareFindings(
  analyses: readonly Analysis[],
  explanations: readonly Explanation[],
): Comparison {
  const findings = analyses.flatMap((analysis) =>
    "findings" in analysis ? analysis.findings : [],
  );
  const ran = new Set(
    analyses.filter((analysis) => "findings" in analysis).map(({ tool }) => tool),
  );
  const matches = ({ tool, rule }: Explanation, at: string, finding: Finding): boolean =>
    tool === finding.tool && rule === finding.rule && placePattern(at).test(finding.at);
  const isExplained = (finding: Finding): boolean =>
    explanations.some((explanation) =>
      explanation.at.some((at) => matches(explanation, at, finding)),
    );
  return {
    unexplained: findings.filter((finding) => !isExplained(finding)),
    explained: findings.filter(isExplained),
    stale: explanations
      .filter(({ tool }) => ran.has(tool))
      .flatMap((explanation) =>
        explanation.at
          .filter((at) => !findings.some((finding) => matches(explanation, at, finding)))
          .map((at) => ({ explanation, at })),
      ),
  };
}

function placePattern(at: string): RegExp {
  const escaped = at.replace(/[\\^$.+?()[\]{}|]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${escaped}$`);
}
