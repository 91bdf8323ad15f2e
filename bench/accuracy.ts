// Float against integer: every model of models/ on its held-out samples and, where DATASETS names a folder that has it, on
// the data set that it comes from. `drop` is what accuracy loses in points, or what the error of a forecast gains. Prints
// JSON.
//
//   [DATASETS=<folder>] npm run bench:accuracy -- [--rows 2000] [--weights private|public] [--only model[,model]]
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { CompiledModel, TaskMetric, WeightsMode } from "@vouch/compiler";
import { compile, driftReport } from "@vouch/compiler";
import type { ModelFolder, Sample } from "@vouch/publisher";
import { inputRows, readModelFolder } from "@vouch/publisher";
import { dataSetOf, readDataSet } from "./datasets/dataSets.ts";
import { requireRule } from "./datasets/requireRule.ts";
import { requireSamples } from "./datasets/requireSamples.ts";
import { heldOutWindows } from "./datasets/tinyShakespeare.ts";
import { decoderDrift } from "./decoderDrift.ts";

const MODELS = join(import.meta.dirname, "../models");
/** Tokens that a decoder is fed in a row: all that char-gpt has room for. */
const CONTEXT = 128;

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "2000" },
    only: { type: "string" },
    weights: { type: "string", default: "private" },
  },
});
const weights: WeightsMode = values.weights === "public" ? "public" : "private";
const most = Number(values.rows);
if (!(most >= 1)) throw new RangeError(`--rows is no count: ${values.rows}`);
const datasets = process.env["DATASETS"];
const absent = new Set<string>();

const wanted = values.only?.split(",");
const names = readdirSync(MODELS).filter(
  (it) => existsSync(join(MODELS, it, "release.json")) && (wanted?.includes(it) ?? true),
);
const models: object[] = [];
for (const name of names) {
  const folder = readModelFolder(MODELS, name);
  console.error(name);
  const rows = inputRows(folder);
  const compiled = compileFolder(folder, rows);
  const held = summary(folder, compiled, rows);
  const all = folder.samples.prompts ? await onText(folder, compiled) : onDataSet(folder, compiled);
  models.push({ model: name, held, ...all });
}
const command = ["npm run bench:accuracy --", ...process.argv.slice(2)].join(" ");
console.log(JSON.stringify({ command, weights, models }, undefined, 2));

function compileFolder(
  { name, file, choices }: ModelFolder,
  rows: readonly Sample[],
): CompiledModel {
  const { input, output, dimensions = {} } = choices;
  return compile(file, {
    name,
    input: { mode: "public", ...input },
    output: { mode: "public", ...output },
    weights,
    dimensions,
    calibration: { samples: rows.map(({ x }) => x) },
  });
}

function onDataSet(folder: ModelFolder, compiled: CompiledModel): Record<string, unknown> {
  const set = dataSetOf(folder.name);
  const rows = readDataSet(set, datasets, folder.preprocessing);
  if (rows === undefined) return notTried(set.folder);
  requireSamples(folder.name, folder.samples.rows, rows);
  const { folder: dataSet, part } = set;
  const result = summary(folder, compiled, spaced(rows));
  const key = part === "test set" ? "testSet" : "wholeSet";
  return { [key]: { dataSet, part, of: rows.length, ...result } };
}

/** A decoder, each form on what it said itself before. */
async function onText(
  folder: ModelFolder,
  compiled: CompiledModel,
): Promise<Record<string, unknown>> {
  const dataSet = "tinyshakespeare";
  const path = join(datasets ?? "", dataSet, "input.txt");
  if (datasets === undefined || !existsSync(path)) return notTried(dataSet);
  const windows = heldOutWindows(readFileSync(path, "ascii"), folder.samples.rows, {
    context: CONTEXT,
    count: Math.ceil(most / CONTEXT),
  });
  const { metric, agreement, ...drift } = await decoderDrift(compiled, windows);
  const changed = Math.round((1 - agreement) * metric.rows);
  const result = { metric, drop: dropOf(metric), ...drift, agreement, changed };
  return { testSet: { dataSet, part: "test set", ...result } };
}

function notTried(dataSet: string): Record<string, never> {
  if (!absent.has(dataSet)) console.error(`DATASETS has no ${dataSet}: it is not tried`);
  absent.add(dataSet);
  return {};
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
  // A decoder's rule also says how to go on.
  const rule = samples.prompts ? "argmax(logits)" : samples.rule;
  requireRule(rule, compiled.float.outputs[0], metric);
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
