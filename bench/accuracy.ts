// Float against integer: every model of models/ on its held-out samples and, where DATASETS names a folder that has it, the
// MNIST models on the test set. Prints JSON.
//
//   [DATASETS=<folder>] node bench/accuracy.ts [--images 2000] [--weights private|public]
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gunzipSync } from "node:zlib";
import type { CompiledModel, WeightsMode } from "@vouch/compiler";
import { compile, driftReport } from "@vouch/compiler";
import type { ModelFolder } from "@vouch/publisher";
import { readModelFolder } from "@vouch/publisher";

const MODELS = join(import.meta.dirname, "../models");
const PIXELS = 28;

const { values } = parseArgs({
  options: {
    images: { type: "string", default: "2000" },
    weights: { type: "string", default: "private" },
  },
});
const weights: WeightsMode = values.weights === "public" ? "public" : "private";
const datasets = process.env["DATASETS"];
const mnist = datasets === undefined ? undefined : readMnist(join(datasets, "mnist"));
if (mnist === undefined) console.error("DATASETS has no MNIST: its test set is not tried");

const names = readdirSync(MODELS).filter((it) => existsSync(join(MODELS, it, "release.json")));
const models = names.flatMap((name) => {
  const folder = readModelFolder(MODELS, name);
  if (folder.samples.prompts) return []; // a decoder's rows are runs of the model itself
  console.error(name);
  const compiled = compileFolder(folder);
  const { rows } = folder.samples;
  const labels = rows.map(({ label }) => label);
  const held = summary(
    compiled,
    rows.map(({ x }) => x),
    labels,
  );
  if (mnist === undefined || !name.startsWith("mnist")) return [{ model: name, held }];
  const images = mnist.images.map((it) => scaled(it, name.includes("14x14")));
  return [{ model: name, held, testSet: summary(compiled, images, mnist.labels) }];
});
console.log(JSON.stringify({ command: "node bench/accuracy.ts", weights, models }, undefined, 2));

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

function summary(
  compiled: CompiledModel,
  rows: readonly (readonly number[])[],
  labels: readonly (number | undefined)[],
): Record<string, unknown> {
  const { maxAbsError, meanAbsError, agreement, metric } = driftReport(compiled, rows, labels);
  return { rows: rows.length, metric, maxAbsError, meanAbsError, agreement };
}

type Mnist = { readonly images: readonly Uint8Array[]; readonly labels: readonly number[] };

function readMnist(folder: string): Mnist | undefined {
  const file = (name: string): Uint8Array => gunzipSync(readFileSync(join(folder, name)));
  if (!existsSync(join(folder, "t10k-images-idx3-ubyte.gz"))) return undefined;
  const [images, labels] = [file("t10k-images-idx3-ubyte.gz"), file("t10k-labels-idx1-ubyte.gz")];
  const count = Math.min(Number(values.images), labels.length - 8);
  const size = PIXELS * PIXELS;
  return {
    images: Array.from({ length: count }, (_, i) =>
      images.subarray(16 + size * i, 16 + size * (i + 1)),
    ),
    labels: Array.from(labels.subarray(8, 8 + count)),
  };
}

/** Pixels as the models take them; for some the mean of two by two, rounded down. */
function scaled(image: Uint8Array, pooled: boolean): readonly number[] {
  if (!pooled) return Array.from(image, (it) => it / 256);
  const half = PIXELS / 2;
  return Array.from({ length: half * half }, (_, i) => {
    const at = 2 * PIXELS * Math.floor(i / half) + 2 * (i % half);
    const sum = [at, at + 1, at + PIXELS, at + PIXELS + 1].reduce(
      (n, it) => n + (image[it] ?? 0),
      0,
    );
    return Math.floor(sum / 4) / 256;
  });
}
