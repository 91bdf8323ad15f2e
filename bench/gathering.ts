// Gas of settling N proven answers by one transaction: the curve by which a worker decides how many to gather. Whole
// transactions, each in a deployment in use; proofs are made by trapdoors, of circuits with one word in and one out. The fit is
// `base + each * n + square * n^2`, whose least gas each is at `sqrt(base / square)`. Prints JSON.
//
//   npm run bench:gathering
import { network } from "hardhat";
import { scenarioInUse, settle, settleBatch } from "../test/helpers/gasScenario.ts";
import { all, zk } from "../test/helpers/vouchScenario.ts";

const COUNTS = [2, 4, 8, 16, 32, 48, 64, 80, 96, 112];

const chain = await network.create();
const scenario = await scenarioInUse(chain);
const { fulfil } = await settle(scenario, all(zk()));
const curve: { readonly answers: number; readonly gas: number; readonly each: number }[] = [];
for (const answers of COUNTS) {
  process.stderr.write(`  … ${answers} answers\n`);
  const gas = Number((await settleBatch(scenario, answers)).gasUsed);
  curve.push({ answers, gas, each: Math.round(gas / answers) });
}
const fit = fitOf(curve);
const optimum = Math.round(Math.sqrt(fit.base / fit.square));
process.stdout.write(
  `${JSON.stringify({ command: "npm run bench:gathering", alone: Number(fulfil.gasUsed), curve, fit, optimum }, null, 2)}\n`,
);

/** Least squares of a parabola, each point weighed by `1 / n`: gas each is what is chosen by. */
function fitOf(points: typeof curve): Readonly<Record<"base" | "each" | "square", number>> {
  const rows = points.map(({ answers: n, gas }) => [1 / n, 1, n, gas / n]);
  const sums = [0, 1, 2].map((i) =>
    [0, 1, 2, 3].map((j) => rows.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0)),
  );
  for (const i of [0, 1, 2]) {
    const pivot = sums[i];
    if (pivot === undefined) continue;
    for (const [k, row] of sums.entries()) {
      if (k === i) continue;
      const factor = (row[i] ?? 0) / (pivot[i] ?? 1);
      sums[k] = row.map((value, j) => value - factor * (pivot[j] ?? 0));
    }
  }
  const [base = 0, each = 0, square = 0] = sums.map((row, i) => (row[3] ?? 0) / (row[i] ?? 1));
  return { base: Math.round(base), each: Math.round(each), square: Math.round(square * 10) / 10 };
}
