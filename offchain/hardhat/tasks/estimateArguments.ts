import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { DeclaredEncoding } from "@vouch/compiler";
// Not through the package, whose surface loads the prover: an estimate is to be there at once.
import { readModelFolder } from "@vouch/publisher/modelFolder";
import { readSamples } from "@vouch/publisher/samples";
import { parseMode } from "./arguments.ts";
import { TaskError } from "./taskError.ts";

/** Options of `model:estimate`, as they are given. */
export type EstimateArguments = {
  readonly file: string;
  readonly inputBits: string;
  readonly inputFractionBits: string;
  readonly inputUnsigned: boolean;
  readonly inputMode: string;
  readonly outputBits: string;
  readonly outputFractionBits: string;
  readonly outputMode: string;
  readonly dimensions: string;
  readonly samples: string;
  readonly budget: string;
};

/** What is to be estimated. */
export type EstimateRequest = {
  readonly name: string;
  readonly file: Uint8Array;
  readonly input: DeclaredEncoding;
  readonly output: DeclaredEncoding;
  readonly dimensions?: Readonly<Record<string, number>>;
  readonly samples?: readonly (readonly number[])[];
  readonly budget?: number;
};

type Format = Pick<DeclaredEncoding, "bits" | "fractionBits" | "signed">;

const INPUT: Format = { bits: 16, fractionBits: 8, signed: true };
const OUTPUT: Format = { bits: 32, fractionBits: 16, signed: true };
const MODEL_FILE = "model.onnx";

/**
 * Reads the file and its options. A model folder's own encodings and samples hold where an option is left out.
 *
 * @throws {TaskError} `ARGUMENT_INVALID`; {PublisherError}.
 */
export function readEstimateRequest(args: EstimateArguments): EstimateRequest {
  const given = resolve(args.file);
  const isDirectory = existsSync(given) && statSync(given).isDirectory();
  const path = isDirectory ? join(given, MODEL_FILE) : given;
  if (!existsSync(path)) throw new TaskError("ARGUMENT_INVALID", `There is no file ${path}.`);
  const folder = dirname(path);
  const isFolder =
    basename(path) === MODEL_FILE &&
    ["release.json", "samples.json"].every((it) => existsSync(join(folder, it)));
  const own = isFolder ? readModelFolder(dirname(folder), basename(folder)) : undefined;

  const dimensions =
    args.dimensions === "" ? own?.choices.dimensions : parseDimensions(args.dimensions);
  // A decoder's prompts are no inputs yet.
  const ownRows = own?.samples.prompts === false ? own.samples.rows.map(({ x }) => x) : undefined;
  const samples = args.samples === "" ? ownRows : readRows(args.samples);
  const budget = args.budget === "" ? undefined : parseWhole("budget", args.budget, 1);
  return {
    name: own?.name ?? nameOf(path),
    file: readFileSync(path),
    input: {
      mode: parseMode("input-mode", args.inputMode),
      ...formatOf(own?.choices.input ?? INPUT, {
        name: "input",
        bits: args.inputBits,
        fractionBits: args.inputFractionBits,
      }),
      ...(args.inputUnsigned ? { signed: false } : {}),
    },
    output: {
      mode: parseMode("output-mode", args.outputMode),
      ...formatOf(own?.choices.output ?? OUTPUT, {
        name: "output",
        bits: args.outputBits,
        fractionBits: args.outputFractionBits,
      }),
    },
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(samples === undefined ? {} : { samples }),
    ...(budget === undefined ? {} : { budget }),
  };
}

/** A file that is called what all are called has the name of its folder. */
function nameOf(path: string): string {
  const name = basename(path, ".onnx");
  return ["model", "network"].includes(name) ? basename(dirname(path)) : name;
}

function formatOf(
  own: Format,
  given: { readonly name: string; readonly bits: string; readonly fractionBits: string },
): Format {
  const { name, bits, fractionBits } = given;
  return {
    ...own,
    ...(bits === "" ? {} : { bits: parseWhole(`${name}-bits`, bits, 1) }),
    ...(fractionBits === ""
      ? {}
      : { fractionBits: parseWhole(`${name}-fraction-bits`, fractionBits, 0) }),
  };
}

function parseWhole(name: string, value: string, least: number): number {
  const whole = Number(value);
  if (/^\d{1,15}$/.test(value) && whole >= least) return whole;
  const message = `--${name} is "${value}"; it takes a whole number from ${least} on.`;
  throw new TaskError("ARGUMENT_INVALID", message);
}

/** Reads `N=1,T=128`. */
function parseDimensions(text: string): Readonly<Record<string, number>> {
  const entries = text.split(",").map((part) => {
    const [, name, length] = /^\s*([^=]+?)\s*=\s*(\d+)\s*$/.exec(part) ?? [];
    if (name === undefined || length === undefined) {
      const message = `--dimensions has "${part}"; it takes lengths by name, such as N=1,T=128.`;
      throw new TaskError("ARGUMENT_INVALID", message);
    }
    return [name, Number(length)] as const;
  });
  return Object.fromEntries(entries);
}

/** Rows of a `samples.json`, of an array of arrays, or the one of an `input.json` with `input_data`. */
function readRows(path: string): readonly (readonly number[])[] {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new TaskError("ARGUMENT_INVALID", `--samples ${path} is not readable as JSON.`, {
      cause,
    });
  }
  if (isRows(json)) return json;
  if (
    typeof json === "object" &&
    json !== null &&
    "input_data" in json &&
    isRows(json.input_data)
  ) {
    return [json.input_data.flat()];
  }
  return readSamples(path).rows.map(({ x }) => x);
}

function isRows(json: unknown): json is readonly (readonly number[])[] {
  return (
    Array.isArray(json) &&
    json.length > 0 &&
    json.every((row) => Array.isArray(row) && row.every((it) => typeof it === "number"))
  );
}
