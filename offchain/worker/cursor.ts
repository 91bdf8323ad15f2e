import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { z } from "zod";

/** The first block whose requests may still need this operator; everything before it is done. */
export type Cursor = {
  readonly load: () => number | undefined;
  readonly save: (nextBlock: number) => Promise<void>;
};

const cursorSchema = z.object({ nextBlock: z.number().int().nonnegative() });

/** A cursor of a chain that ends with its process: there is nothing to remember. */
export const noCursor: Cursor = { load: () => undefined, save: () => Promise.resolve() };

/** A cursor kept in a file; an unreadable one counts as none, and the worker scans from its start block again. */
export function fileCursor(path: string): Cursor {
  return {
    load() {
      if (!existsSync(path)) return undefined;
      const parsed = cursorSchema.safeParse(parseJson(readFileSync(path, "utf8")));
      return parsed.success ? parsed.data.nextBlock : undefined;
    },
    async save(nextBlock) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(`${path}.part`, JSON.stringify({ nextBlock }));
      await rename(`${path}.part`, path);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // a cursor only saves work: scanning again is always right
  }
}
