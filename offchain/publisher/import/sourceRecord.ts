import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { PublisherError } from "../errors.ts";

const FORMAT = "vouch.source/1";
/** In the folder of an imported model. */
export const SOURCE_FILE = "source.json";

const sha256Schema = z.string().regex(/^0x[0-9a-f]{64}$/);
const recordSchema = z.object({
  format: z.literal(FORMAT),
  /** Where it came from, without what may be a secret. */
  source: z.string(),
  /** Commit of a hub. */
  revision: z.string().nullable(),
  licence: z
    .object({ text: z.string().min(1), from: z.enum(["option", "hub", "file"]) })
    .nullable(),
  /** The model first; paths are relative to its folder. */
  files: z
    .array(z.object({ path: z.string(), sha256: sha256Schema, bytes: z.number().int().min(0) }))
    .min(1),
  importedAt: z.iso.datetime(),
});

/** Where a model came from, and what it was. */
export type SourceRecord = Readonly<z.infer<typeof recordSchema>>;

/**
 * Reads the record of a model's folder; undefined where the model was not imported.
 *
 * @throws {PublisherError} `BUNDLE_MALFORMED`.
 */
export function readSourceRecord(folder: string): SourceRecord | undefined {
  const path = join(folder, SOURCE_FILE);
  if (!existsSync(path)) return undefined;
  try {
    return recordSchema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    const reason = "it is not what an import writes";
    throw new PublisherError({ code: "BUNDLE_MALFORMED", path, reason }, { cause });
  }
}

/** Returns a record as its file has it. */
export function serializeSourceRecord(record: Omit<SourceRecord, "format">): string {
  return `${JSON.stringify({ format: FORMAT, ...record }, undefined, 2)}\n`;
}
