// Line and branch coverage of the contracts that ship, by Solidity's and mocha's tests of them together.
//
//   npm run coverage                    measures and prints
//   npm run coverage -- --check         and fails below 98 %, or on a gap that tools/coverage/explained.json does not explain
//   npm run coverage -- --report        prints what the last run measured
//   npm run coverage -- --contracts Words,StakeVault    measures these alone, by the tests that name them: a first look,
//                                       for tests of other contracts reach some of their branches too
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import {
  type ExplainedGap,
  compareGaps,
  percentOf,
  renderCoverage,
} from "./coverage/coverageGaps.ts";
import { measuredCoverage } from "./coverage/measuredCoverage.ts";
import { testsFor } from "./mutate/testsFor.ts";
import { ROOT, filesBelow, shippedContracts } from "./solidity/solidityFiles.ts";

/** Percent of lines, and of branches. */
const REQUIRED = 98;

/**
 * Tests that pass on the code that ships and cannot on what is measured: they count gas to a limit, or one
 * watches memory that is not allocated, where Hardhat's own calls put their arguments.
 */
const NOT_MEASURED = [
  "settles the longest list in one transaction",
  "reads and writes its own memory only",
  "takes less than a transaction may",
  "splits what does not fit, in the order in which rows rest on each other",
  "brings a list of two chunks, and what the chain says of its entries holds",
];

const { values } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    report: { type: "boolean", default: false },
    contracts: { type: "string" },
  },
});
const names = values.contracts?.split(",");
const measured = shippedContracts().filter(
  (path) => names === undefined || names.includes(basename(path, ".sol")),
);
if (measured.length === 0) throw new Error(`no contract is called ${String(values.contracts)}`);
const passed = values.report || runTests();

const files = measuredCoverage(measured);
const explained = (
  JSON.parse(
    readFileSync(join(ROOT, "tools/coverage/explained.json"), "utf8"),
  ) as readonly ExplainedGap[]
).filter(({ at }) => names === undefined || measured.includes(at.split("#")[0] ?? at));
const { unexplained, stale } = compareGaps(files, explained);
for (const { at, what, line } of unexplained)
  console.log(`line ${line}, unexplained: ${JSON.stringify({ at, what })}`);
for (const { at, what } of stale) console.log(`no longer a gap: ${JSON.stringify({ at, what })}`);
console.log(`\n${renderCoverage(files)}`);

const sum = (pick: (file: (typeof files)[number]) => number): number =>
  files.reduce((total, file) => total + pick(file), 0);
const lines = percentOf(
  sum(({ coveredLines }) => coveredLines),
  sum((file) => file.lines),
);
const branches = percentOf(
  sum(({ coveredOutcomes }) => coveredOutcomes),
  sum(({ outcomes }) => outcomes),
);
console.log(
  `\n${lines.toFixed(2)} % of lines, ${branches.toFixed(2)} % of branches; ` +
    `${unexplained.length} unexplained gaps, ${stale.length} stale explanations`,
);
const complete =
  lines >= REQUIRED && branches >= REQUIRED && unexplained.length + stale.length === 0;
process.exitCode = passed && (complete || !values.check) ? 0 : 1;

/** Tests of gas are left out: what is measured here costs more than what ships. */
function runTests(): boolean {
  rmSync(join(ROOT, "coverage"), { recursive: true, force: true });
  const tests =
    names === undefined
      ? [
          ...filesBelow("test/contracts", ".t.sol"),
          ...filesBelow("test/contracts", ".test.ts").filter((path) => !/gas/i.test(path)),
        ]
      : [...new Set(measured.flatMap((path) => testsFor(path).own))];
  const cli = join(ROOT, "node_modules/hardhat/dist/src/cli.js");
  const excluded = ["--grep-exclude", NOT_MEASURED.join("|")];
  const run = spawnSync(process.execPath, [cli, "test", "--coverage", ...excluded, ...tests], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true" },
  });
  return run.status === 0;
}
