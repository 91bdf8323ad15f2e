import { existsSync } from "node:fs";
import { join } from "node:path";
import type { CompiledModel, DeclaredEncoding, Opening } from "@vouch/compiler";
import { compile, interpret } from "@vouch/compiler";
import { inputRows, readModelFolder } from "@vouch/publisher";
import { MODELS } from "../models/examples.ts";
import { readEntry } from "../zoo/zooModel.ts";
import { denseModel } from "./denseModel.ts";

/** A model whose proofs are measured, with private weights and public words, and an inference of it. */
export type Subject = {
  readonly name: string;
  readonly file: Uint8Array;
  /** What the model is asked, in numbers of its own. */
  readonly row: readonly number[];
  readonly model: CompiledModel;
  readonly opening: Opening;
};

/** Named by its widths; of images like those of MNIST. */
const DENSE = /^mlp(?:-\d+){2,}$/;
const SEED = 44_530;

type Source = Pick<Subject, "file" | "row"> & {
  readonly rows: readonly (readonly number[])[];
  readonly input: DeclaredEncoding;
  readonly output: DeclaredEncoding;
  readonly dimensions?: Readonly<Record<string, number>>;
};

/**
 * A model of `models/`, one of dense layers (`mlp-784-56-10`), or one of the folder that VOUCH_ZOO names.
 *
 * @throws {RangeError} where there is none of this name
 */
export function readSubject(name: string): Subject {
  const source = sourceOf(name);
  const { file, row, rows, input, output, dimensions } = source;
  const model = compile(file, {
    ...{ name, input, output, weights: "private", calibration: { samples: rows } },
    ...(dimensions === undefined ? {} : { dimensions }),
  });
  const scale = 2 ** model.input.fractionBits;
  const values = row.map((it) => BigInt(Math.round(it * scale)));
  const opening = { weightsSalt: 99n, input: values, output: interpret(model.graph, values) };
  return { name, file, row, model, opening };
}

function sourceOf(name: string): Source {
  if (DENSE.test(name)) {
    const images = example("mnist-mlp");
    return { ...images, file: denseModel(name.split("-").slice(1).map(Number), SEED) };
  }
  if (existsSync(join(MODELS, name, "release.json"))) return example(name);
  const zoo = process.env["VOUCH_ZOO"] ?? "";
  if (zoo === "" || !existsSync(join(zoo, name, "network.onnx"))) {
    throw new RangeError(`there is no ${name} in models/, nor in the folder that VOUCH_ZOO names`);
  }
  const { file, calibration, tried, input, output } = readEntry({
    name,
    source: "zoo",
    parent: zoo,
  });
  return { file, rows: calibration, row: first(tried, name), input, output };
}

function example(name: string): Source {
  const folder = readModelFolder(MODELS, name);
  const { input, output, dimensions } = folder.choices;
  const rows = inputRows(folder).map(({ x }) => Array.from(x));
  return {
    ...{ file: folder.file, rows, row: first(rows, name) },
    ...{ input: { mode: "public", ...input }, output: { mode: "public", ...output } },
    ...(dimensions === undefined ? {} : { dimensions }),
  };
}

function first<T>(rows: readonly T[], name: string): T {
  const [row] = rows;
  if (row === undefined) throw new RangeError(`${name} has no samples`);
  return row;
}
