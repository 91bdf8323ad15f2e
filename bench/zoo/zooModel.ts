import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DeclaredEncoding, FloatGraph } from "@vouch/compiler";
import { readModel } from "@vouch/compiler";
import { inputRows, readModelFolder, splitRows } from "@vouch/publisher";
import { z } from "zod";
import {
  SYNTHETIC_DOMAINS,
  syntheticSamples,
} from "../../offchain/compiler/estimate/syntheticSamples.ts";
import { elementsOf } from "../../offchain/compiler/ir/shape.ts";
import { randomNumbers } from "../../test/helpers/onnxModel.ts";
import { fitEncoding } from "./fitEncoding.ts";
import type { ZooEntry } from "./zooEntry.ts";
import { fileOf } from "./zooEntry.ts";

type Row = readonly number[];

/** A model with what it is compiled for and tried on. */
export type ZooModel = {
  readonly file: Uint8Array;
  readonly dimensions: Readonly<Record<string, number>>;
  /** Rows that ranges are taken from. */
  readonly calibration: readonly Row[];
  /** Rows that the model is run on. */
  readonly tried: readonly Row[];
  /** Where `tried` is from: the model's own samples, its `input.json`, or drawn from a seed for lack of any. */
  readonly inputs: "samples" | "input.json" | "synthetic";
  readonly input: DeclaredEncoding;
  readonly output: DeclaredEncoding;
};

/** Rows beside the one of an `input.json` that ranges are taken from, each number of it up to so much larger or smaller. */
const VARIATIONS = 8;
const VARIATION = 0.3;
const SEED = 20_231_115;
const OUTPUT: DeclaredEncoding = { mode: "public", bits: 32, fractionBits: 16 };

/** One list for each input of the graph; texts and the stale `output_data` are not read. */
const inputSchema = z.object({
  input_data: z.array(z.array(z.union([z.number(), z.boolean()]))),
});

/**
 * Reads an entry.
 *
 * @throws {CompilerError} where the file cannot be read, {PublisherError} where a folder of ours is not whole.
 */
export function readEntry(entry: ZooEntry): ZooModel {
  return entry.source === "models" ? readOwn(entry) : readForeign(entry);
}

function readOwn({ parent, name }: ZooEntry): ZooModel {
  const folder = readModelFolder(parent, name);
  const { input, output, dimensions = {} } = folder.choices;
  const { calibration, heldOut } = splitRows(inputRows(folder));
  return {
    file: folder.file,
    dimensions,
    calibration,
    tried: heldOut,
    inputs: "samples",
    input: { ...input, mode: "public" },
    output: { ...output, mode: "public" },
  };
}

function readForeign(entry: ZooEntry): ZooModel {
  const path = fileOf(entry);
  const file = readFileSync(path);
  const graph = readModel(file, { dimensions: {} });
  const given = join(dirname(path), "input.json");
  const row = existsSync(given) ? rowOf(readFileSync(given, "utf8"), graph) : undefined;
  const tried = row === undefined ? drawn(graph) : [row];
  const calibration = row === undefined ? tried : [row, ...variationsOf(row, graph)];
  const inputs = row === undefined ? "synthetic" : "input.json";
  const input = fitEncoding(calibration);
  return { file, dimensions: {}, calibration, tried, inputs, input, output: OUTPUT };
}

/** The inputs end to end; of a batch the first. A model without inputs takes one element that nothing reads. */
function rowOf(text: string, { inputs }: FloatGraph): Row {
  const { input_data: lists } = inputSchema.parse(JSON.parse(text));
  const row = inputs.flatMap(({ name, shape }, k) => {
    const elements = elementsOf(shape);
    const list = lists[k] ?? [];
    if (list.length < elements) {
      throw new RangeError(`input.json has ${list.length} numbers for ${name}, not ${elements}`);
    }
    return list.slice(0, elements).map(Number);
  });
  return row.length === 0 ? [0] : row;
}

function variationsOf(row: Row, { inputs }: FloatGraph): readonly Row[] {
  const next = randomNumbers(SEED);
  const isWhole = row.every(Number.isInteger);
  const kinds = inputs.flatMap(({ shape, kind }) =>
    new Array<typeof kind>(elementsOf(shape)).fill(kind),
  );
  return Array.from({ length: VARIATIONS }, () =>
    row.map((it, at) => {
      if (kinds[at] !== "real") return it;
      const varied = it * (1 + VARIATION * next());
      return isWhole ? Math.round(varied) : varied;
    }),
  );
}

function drawn(graph: FloatGraph): readonly Row[] {
  const [, unit] = SYNTHETIC_DOMAINS;
  return syntheticSamples(graph, unit).map((it) => Array.from(it));
}
