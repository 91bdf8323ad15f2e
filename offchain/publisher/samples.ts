import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { PublisherError } from "./errors.ts";

/** A held-out row: all inputs of the model laid end to end, in the file's order. */
export type Sample = {
  readonly id: string;
  readonly x: readonly number[];
  /** Class, or value, that the data have. */
  readonly label?: number;
};

/** Held-out rows of a model, with the label where one is known. */
export type Samples = {
  readonly rows: readonly Sample[];
  /** Rows are prompts of a decoder, one token a number: its inputs are for `decodeRows` to make. */
  readonly prompts: boolean;
  /** How an answer is read off the outputs, such as `argmax(logits)`. */
  readonly rule?: string;
};

const position = z.number().int().nonnegative();

const sampleSchema = z.object({
  id: z.string(),
  label: z.number().optional(),
  inputs: z.object({ x: z.array(z.number()) }).optional(),
  /** Grey values: x is a 256th of each. */
  pixels: z.array(z.number().int().min(0).max(255)).optional(),
  /** x is 1 at these places, 0 at all others. */
  ones: z.array(position).optional(),
});

const rowsSchema = z.object({
  rule: z.string().optional(),
  inputs: z.array(z.object({ shape: z.array(z.union([z.string(), position])) })).optional(),
  samples: z.array(sampleSchema),
});

const promptsSchema = z.object({
  kind: z.literal("decode"),
  rule: z.string().optional(),
  samples: z.array(
    z.object({
      id: z.string(),
      label: z.number().optional(),
      inputs: z.object({ tokens: z.array(position).min(1) }),
    }),
  ),
});

/**
 * Reads `samples.json` of an example model, whose rows are written in full (`inputs.x`), as `pixels`, as the places that are
 * `ones`, or as the prompts of a decoder (`inputs.tokens`).
 *
 * @throws {PublisherError} `FILE_MISSING`, `SAMPLES_MALFORMED`.
 */
export function readSamples(path: string): Samples {
  if (!existsSync(path)) throw new PublisherError({ code: "FILE_MISSING", path });
  try {
    const json: unknown = JSON.parse(readFileSync(path, "utf8"));
    const prompts = z.looseObject({ kind: z.literal("decode") }).safeParse(json).success;
    return prompts ? readPrompts(json) : readRows(json);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    throw new PublisherError({ code: "SAMPLES_MALFORMED", path, reason }, { cause });
  }
}

function readPrompts(json: unknown): Samples {
  const { rule, samples } = promptsSchema.parse(json);
  const rows = samples.map(({ id, inputs, label }) => sample(id, inputs.tokens, label));
  return { rows, prompts: true, ...(rule === undefined ? {} : { rule }) };
}

function readRows(json: unknown): Samples {
  const { rule, inputs = [], samples } = rowsSchema.parse(json);
  // A length that is a name is the batch's.
  const lengths = inputs.map(({ shape }) =>
    shape.reduce<number>((product, it) => (typeof it === "string" ? product : product * it), 1),
  );
  const elements = lengths.reduce((sum, it) => sum + it, 0);
  const rows = samples.map((it) => sample(it.id, elementsOf(it, elements), it.label));
  return { rows, prompts: false, ...(rule === undefined ? {} : { rule }) };
}

function elementsOf(
  { id, inputs, pixels, ones }: z.infer<typeof sampleSchema>,
  elements: number,
): readonly number[] {
  if (inputs !== undefined) return inputs.x;
  if (pixels !== undefined) return pixels.map((it) => it / 256);
  if (ones === undefined) throw new TypeError(`sample ${id} has no input`);
  const x = new Array<number>(elements).fill(0);
  for (const place of ones) {
    if (place >= elements) throw new RangeError(`sample ${id} has no place ${place}`);
    x[place] = 1;
  }
  return x;
}

function sample(id: string, x: readonly number[], label: number | undefined): Sample {
  return { id, x, ...(label === undefined ? {} : { label }) };
}
