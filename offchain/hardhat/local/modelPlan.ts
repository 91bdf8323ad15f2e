import { existsSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import type { DeclaredEncoding, WeightsMode } from "@vouch/compiler";
import type { Hex, TensorEncoding } from "@vouch/protocol";
import type { ModelFolder, ReleasePlan, Sample, Samples } from "@vouch/publisher";
import { planRelease, readModelFolder, readSamples, settleSystem } from "@vouch/publisher";
import { concat, keccak256, toUtf8Bytes } from "ethers";
import { readFileSync } from "node:fs";
import { PluginError } from "../errors.ts";

/** How numbers of a model's input or output become integers. */
export type NumberFormat = Pick<DeclaredEncoding, "bits" | "fractionBits" | "signed">;

/** What is decided beside the model; a folder with `release.json` decides the rest itself. */
export type PublishModelOptions = {
  /** What the release is called; the name of the folder or file if left out. */
  readonly name?: string;
  /** "1" if left out. */
  readonly version?: string;
  /** Public words on the chain, or a commitment to them: public if left out. */
  readonly inputMode?: TensorEncoding["mode"];
  readonly outputMode?: TensorEncoding["mode"];
  /** Private (committed) or public (in the circuit); the folder's own, else private. */
  readonly weights?: WeightsMode;
  /** Proof system; what `model:estimate` would choose if left out. */
  readonly system?: NonNullable<ReleasePlan["system"]>;
  /** Largest error that widths are chosen by, in units of the output. */
  readonly maxDrift?: number;
  /** Constraints that a circuit may have; a larger model is cut into segments. Never cut if left out. */
  readonly maxConstraints?: number;
  /** For an .onnx file: rows of its input, or a JSON file with them; `samples.json` beside it if left out. */
  readonly samples?: string | readonly (readonly number[])[];
  /** For an .onnx file: 16 bits of which 8 behind the point, signed, if left out. */
  readonly input?: NumberFormat;
  /** For an .onnx file: 32 bits of which 16 behind the point, signed, if left out. */
  readonly output?: NumberFormat;
};

const INPUT: NumberFormat = { bits: 16, fractionBits: 8 };
const OUTPUT: NumberFormat = { bits: 32, fractionBits: 16 };
/** Of a model that its folder grants nothing for. */
const NO_LICENCE = "LicenseRef-none";

/** A model as it will be released, and the rows that it came with. */
export type PlannedModel = { readonly plan: ReleasePlan; readonly samples: readonly Sample[] };

/**
 * Plans a release with a development set-up of a model folder or an .onnx file. Its salt follows from what is released, so that the
 * same model is the same release in every run: fit for development, where nothing is secret.
 *
 * @throws {PluginError} `MODEL_NOT_FOUND`, `SAMPLES_MISSING`; {PublisherError}; {CompilerError}.
 */
export function planModel(
  path: string,
  publisher: Hex,
  options: PublishModelOptions,
): PlannedModel {
  const folder = readModel(path, options);
  const { samples, file } = folder;
  if (samples.rows.length < 2) {
    throw new PluginError({ code: "SAMPLES_MISSING", path, rows: samples.rows.length });
  }
  const version = options.version ?? "1";
  const weights = options.weights ?? folder.choices.weights;
  const { system, maxDrift, maxConstraints } = options;
  const planned = planRelease(folder, {
    version,
    publisher,
    inputMode: options.inputMode ?? "public",
    outputMode: options.outputMode ?? "public",
    setup: { kind: "development" },
    weights,
    ...(maxDrift === undefined ? {} : { maxDrift }),
    ...(maxConstraints === undefined ? {} : { maxConstraints }),
    ...(weights === "public" ? {} : { salt: developmentSalt(file, `${folder.name}@${version}`) }),
  });
  const plan = system === undefined ? settleSystem(planned).plan : { ...planned, system };
  return { plan, samples: samples.rows };
}

/** Returns whether a path leads to a folder or file that `planModel` reads. */
export function isModel(path: string): boolean {
  return extname(path) === ".onnx" ? existsSync(path) : existsSync(join(path, "model.onnx"));
}

function readModel(path: string, options: PublishModelOptions): ModelFolder {
  if (!isModel(path)) throw new PluginError({ code: "MODEL_NOT_FOUND", path });
  if (statSync(path).isDirectory()) {
    const folder = readModelFolder(dirname(path), basename(path));
    return { ...folder, name: options.name ?? folder.name };
  }
  const { weights = "private", input = INPUT, output = OUTPUT } = options;
  return {
    name: options.name ?? basename(path, ".onnx"),
    file: readFileSync(path),
    samples: samplesOf(path, options),
    choices: {
      input: { signed: true, ...input },
      output: { signed: true, ...output },
      weights,
      licence: NO_LICENCE,
    },
    preprocessing: undefined,
  };
}

function samplesOf(path: string, { samples }: PublishModelOptions): Samples {
  if (samples !== undefined && typeof samples !== "string") {
    return { prompts: false, rows: samples.map((x, row) => ({ id: `row ${row}`, x })) };
  }
  const beside = samples === undefined ? join(dirname(path), "samples.json") : resolve(samples);
  if (samples === undefined && !existsSync(beside)) return { prompts: false, rows: [] };
  return readSamples(beside);
}

function developmentSalt(file: Uint8Array, name: string): Hex {
  return keccak256(concat([toUtf8Bytes(`vouch.local ${name} `), file])) as Hex;
}
