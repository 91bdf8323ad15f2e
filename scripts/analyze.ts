// Runs every static analyser that is here over the contracts that ship, and fails on a finding that
// tools/analysis/explained.json does not explain, or an explanation that no longer explains anything.
//
//   npm run analyze
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { aderyn } from "./analyze/aderyn.ts";
import { readBuildInfo } from "./analyze/buildInfo.ts";
import { type Explanation, compareFindings } from "./analyze/explanations.ts";
import { forgeLint } from "./analyze/forgeLint.ts";
import { slither } from "./analyze/slither.ts";
import { solcWarnings } from "./analyze/solcWarnings.ts";
import { solhint } from "./analyze/solhint.ts";
import { ROOT } from "./solidity/solidityFiles.ts";

const builds = readBuildInfo();
const analyses = [solcWarnings(builds), solhint(), forgeLint(), slither(builds), aderyn()];
const explanations = JSON.parse(
  readFileSync(join(ROOT, "tools/analysis/explained.json"), "utf8"),
) as readonly Explanation[];
const { unexplained, explained, stale } = compareFindings(analyses, explanations);

for (const { tool, rule, at, path, line, message } of unexplained) {
  console.log(`${path}:${line} ${message}`);
  console.log(`  unexplained: ${JSON.stringify({ tool, rule, at: [at] })}\n`);
}
for (const { explanation, at } of stale) {
  console.log(`${explanation.tool} no longer finds ${explanation.rule} at ${at}: remove it\n`);
}

console.log("| analyser | version | findings | explained | unexplained |");
console.log("| --- | --- | ---: | ---: | ---: |");
for (const analysis of analyses) {
  const count = (list: readonly { readonly tool: string }[]): number =>
    list.filter(({ tool }) => tool === analysis.tool).length;
  if ("absent" in analysis) console.log(`| ${analysis.tool} | ABSENT | - | - | - |`);
  else {
    const { tool, version, findings } = analysis;
    console.log(
      `| ${[tool, version, findings.length, count(explained), count(unexplained)].join(" | ")} |`,
    );
  }
}
for (const analysis of analyses) {
  if ("absent" in analysis) console.log(`\nDID NOT RUN: ${analysis.tool}: ${analysis.absent}`);
}
console.log(`\n${unexplained.length} unexplained findings, ${stale.length} stale explanations`);
process.exitCode = unexplained.length + stale.length === 0 ? 0 : 1;
