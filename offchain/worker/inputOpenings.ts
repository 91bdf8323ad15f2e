import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hex } from "@vouch/protocol";
import { z } from "zod";
import { WorkerError } from "./errors.ts";

/**
 * What opens a committed input: the elements and the requester's 32-byte secret, from which the salts derive. Whoever
 * holds it can read the input; it goes to the chosen operators only.
 */
export type InputOpening = { readonly secret: Hex; readonly input: readonly bigint[] };

const openingSchema = z.object({
  secret: z.string().regex(/^0x[0-9a-f]{64}$/),
  input: z.array(z.string().regex(/^-?\d{1,80}$/)),
});

/** Writes an opening where `readInputOpening` finds it, readable by its owner only. */
export async function writeInputOpening(
  folder: string,
  commitment: Hex,
  opening: InputOpening,
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = pathOf(folder, commitment);
  const text = JSON.stringify({ secret: opening.secret, input: opening.input.map(String) });
  await writeFile(`${path}.part`, text, { mode: 0o600 });
  await rename(`${path}.part`, path);
  return path;
}

/**
 * Reads the opening of a committed input. That it opens the commitment is for the caller to check.
 *
 * @throws {WorkerError} `INPUT_OPENING_MISSING`, `INPUT_OPENING_INVALID`.
 */
export function readInputOpening(folder: string, commitment: Hex): InputOpening {
  const path = pathOf(folder, commitment);
  if (!existsSync(path))
    throw new WorkerError({ code: "INPUT_OPENING_MISSING", commitment, folder });
  try {
    const { secret, input } = openingSchema.parse(JSON.parse(readFileSync(path, "utf8")));
    return { secret: secret as Hex, input: input.map(BigInt) };
  } catch (cause) {
    const reason = "the file is not an opening";
    throw new WorkerError({ code: "INPUT_OPENING_INVALID", commitment, reason }, { cause });
  }
}

function pathOf(folder: string, commitment: Hex): string {
  return join(folder, `${commitment}.json`);
}
