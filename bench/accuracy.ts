// Float against integer: every model of models/ on its held-out samples and, where DATASETS names a folder that has it, on
// the data set that it comes from. `drop` is what accuracy loses in points, or what the error of a forecast gains. Prints
// JSON.
//
//   [DATASETS=<folder>] npm run bench:accuracy -- [--rows 2000] [--weights private|public]
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { CompiledModel, TaskMetric, WeightsMode } from "@vouch/compiler";
import { compile, driftReport } from "@vouch/compiler";
import type { ModelFolder, Sample } from "@vouch/publisher";
import { readModelFolder } from "@vouch/publisher";
import { dataSetOf, readDataSet } from "./datasets/dataSets.ts";
import { requireRule } from "./datasets/requireRule.ts";
import { requireSamples } from "./datasets/requireSamples.ts";

const MODELS = join(import.meta.dirname, "../models");

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "2000" },
    weights: { type: "string", default: "private" },
  },
});
const weights: WeightsMode = values.weights === "public" ? "public" : "private";
const most = Number(values.rows);
if (!(most >= 1)) throw new RangeError(`--rows is no count: ${values.rows}`);
const datasets = process.env["DATASETS"];
const absent = new Set<string>();

const names = readdirSync(MODELS).filter((it) => existsSync(join(MODELS, it, "release.json")));
const models = names.flatMap((name) => {
  const folder = readModelFolder(MODELS, name);
  if (folder.samples.prompts) return []; // a decoder's rows are runs of the model itself
  console.error(name);
  const compiled = compileFolder(folder);
  const held = summary(folder, compiled, folder.samples.rows);
  return [{ model: name, held, ...onDataSet(folder, compiled) }];
});
const command = ["npm run bench:accuracy --", ...process.argv.slice(2)].join(" ");
console.log(JSON.stringify({ command, weights, models }, undefined, 2));

function compileFolder({ name, file, choices, samples }: ModelFolder): CompiledModel {
  const { input, output, dimensions = {} } = choices;
  return compile(file, {
    name,
    input: { mode: "public", ...input },
    output: { mode: "public", ...output },
    weights,
    dimensions,
    calibration: { samples: samples.rows.map(({ x }) => x) },
  });
}

function onDataSet(folder: ModelFolder, compiled: CompiledModel): Record<string, unknown> {
  const set = dataSetOf(folder.name);
  const rows = readDataSet(set, datasets, folder.preprocessing);
  if (rows === undefined) {
    if (!absent.has(set.folder)) console.error(`DATASETS has no ${set.folder}: it is not tried`);
    absent.add(set.folder);
    return {};
  }
  requireSamples(folder.name, folder.samples.rows, rows);
  const { folder: dataSet, part } = set;
  const result = summary(folder, compiled, spaced(rows));
  const key = part === "test set" ? "testSet" : "wholeSet";
  return { [key]: { dataSet, part, of: rows.length, ...result } };
}

function summary(
  { samples }: ModelFolder,
  compiled: CompiledModel,
  rows: readonly Omit<Sample, "id">[],
): Record<string, unknown> {
  const inputs = rows.map(({ x }) => x);
  const labels = rows.map(({ label }) => label);
  const report = driftReport(compiled, inputs, labels);
  const { maxAbsError, meanAbsError, agreement, metric } = report;
  requireRule(samples.rule, compiled.float.outputs[0], metric);
  const drift = { maxAbsError, meanAbsError, agreement };
  const changed = Math.round((1 - agreement) * rows.length);
  const isClass = metric.name === "accuracy";
  return { rows: rows.length, metric, drop: dropOf(metric), ...drift, ...(isClass && { changed }) };
}

function dropOf({ name, float, integer }: TaskMetric): number {
  const drop = name === "accuracy" ? 100 * (float - integer) : integer - float;
  return Number(drop.toFixed(6));
}

/** At most so many as asked for, from first to last. */
function spaced<Row>(rows: readonly Row[]): readonly Row[] {
  const step = Math.max(1, rows.length / most);
  return rows.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
}
