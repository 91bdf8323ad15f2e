import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { PublisherError } from "./errors.ts";

/** Held-out rows of a model, with the label where one is known. */
export type Samples = {
  readonly rows: readonly {
    readonly id: string;
    readonly x: readonly number[];
    readonly label?: number;
  }[];
};

const samplesSchema = z.object({
  samples: z.array(
    z.object({
      id: z.string(),
      label: z.number().optional(),
      inputs: z.object({ x: z.array(z.number()) }),
    }),
  ),
});

/**
 * Reads `samples.json` of an example model.
 *
 * @throws {PublisherError} `FILE_MISSING`, `SAMPLES_MALFORMED`.
 */
export function readSamples(path: string): Samples {
  if (!existsSync(path)) throw new PublisherError({ code: "FILE_MISSING", path });
  try {
    const { samples } = samplesSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    return {
      rows: samples.map(({ id, inputs, label }) => ({
        id,
        x: inputs.x,
        ...(label === undefined ? {} : { label }),
      })),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    throw new PublisherError({ code: "SAMPLES_MALFORMED", path, reason }, { cause });
  }
}
