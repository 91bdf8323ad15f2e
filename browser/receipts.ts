import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";

const receiptSchema = z.looseObject({
  output: z.array(z.string()),
  statement: z.looseObject({ release: z.string(), operator: z.string() }),
  evidence: z.array(z.looseObject({ kind: z.string() })),
  release: z.looseObject({ model: z.string() }),
});

/** A receipt as its file has it; nothing of it has been verified. */
export type ReceiptFile = { readonly name: string; readonly json: z.output<typeof receiptSchema> };

/** Returns the receipts that the seed kept: a file for each policy. */
export async function receiptFiles(): Promise<readonly ReceiptFile[]> {
  const folder = process.env["VOUCH_EXPLORER_RECEIPTS"];
  if (folder === undefined)
    throw new Error("VOUCH_EXPLORER_RECEIPTS names no folder: `npm run test:explorer` fills one");
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), "utf8");
      return { name, json: receiptSchema.parse(JSON.parse(text)) };
    }),
  );
}

/** Returns hex of the same length that says something else. */
export function otherHex(hex: string): string {
  return hex.slice(0, -1) + (hex.endsWith("1") ? "2" : "1");
}
