import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Manifest } from "@vouch/protocol";
import { z } from "zod";
import { PublisherError } from "./errors.ts";
import { readSourceRecord } from "./import/sourceRecord.ts";
import type { Sample, Samples } from "./samples.ts";
import { readSamples } from "./samples.ts";

const formatSchema = z.object({
  bits: z.number().int().min(1).max(253),
  signed: z.boolean().default(true),
  fractionBits: z.number().int().min(0).max(255),
});

const choicesSchema = z.object({
  input: formatSchema,
  output: formatSchema,
  weights: z.enum(["private", "public"]).default("private"),
  /** Lengths that the file leaves open, by their name in it. */
  dimensions: z.record(z.string(), z.number().int().positive()).optional(),
  /** What was recorded where the model was imported, if undefined. */
  licence: z.string().optional(),
  notice: z.string().optional(),
});

/** A model folder: `model.onnx`, `samples.json`, `release.json` (what its publisher decided), perhaps `preprocess.json`. */
export type ModelFolder = {
  readonly name: string;
  readonly file: Uint8Array;
  readonly samples: Samples;
  readonly choices: z.infer<typeof choicesSchema> & { readonly licence: string };
  readonly preprocessing: Manifest["preprocessing"];
};

/**
 * Reads a model folder.
 *
 * @throws {PublisherError} `FILE_MISSING`, `SAMPLES_MALFORMED`, `BUNDLE_MALFORMED`.
 */
export function readModelFolder(parent: string, name: string): ModelFolder {
  const at = (file: string): string => join(parent, name, file);
  return {
    name,
    file: readRequired(at("model.onnx")),
    samples: readSamples(at("samples.json")),
    choices: withLicence(join(parent, name), at("release.json")),
    preprocessing: existsSync(at("preprocess.json"))
      ? readJson(at("preprocess.json"), (json) => z.json().parse(json))
      : undefined,
  };
}

function withLicence(folder: string, path: string): ModelFolder["choices"] {
  const choices = readJson(path, (json) => choicesSchema.parse(json));
  const licence = choices.licence ?? readSourceRecord(folder)?.licence?.text;
  if (licence !== undefined) return { ...choices, licence };
  const reason = "it names no licence, and none is recorded of where the model came from";
  throw new PublisherError({ code: "BUNDLE_MALFORMED", path, reason });
}

/** Splits held-out rows: even ones for the ranges of activations, odd ones for the report. */
export function splitRows(rows: readonly Pick<Sample, "x" | "label">[]): {
  readonly calibration: readonly (readonly number[])[];
  readonly heldOut: readonly (readonly number[])[];
  /** Of the held-out rows, where they have one. */
  readonly labels: readonly (number | undefined)[];
} {
  const part = (parity: number): (readonly number[])[] =>
    rows.filter((_, index) => index % 2 === parity).map(({ x }) => x);
  const labels = rows.filter((_, index) => index % 2 === 1).map(({ label }) => label);
  return { calibration: part(0), heldOut: part(1), labels };
}

function readRequired(path: string): Uint8Array {
  if (!existsSync(path)) throw new PublisherError({ code: "FILE_MISSING", path });
  return readFileSync(path);
}

function readJson<T>(path: string, parse: (json: unknown) => T): T {
  const text = new TextDecoder().decode(readRequired(path));
  try {
    return parse(JSON.parse(text));
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    throw new PublisherError({ code: "BUNDLE_MALFORMED", path, reason }, { cause });
  }
}
