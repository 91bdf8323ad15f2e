import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Settings } from "./settings.ts";

const ROOT = import.meta.dirname;

/**
 * Returns the database schema for what is indexed by this code: Ponder refuses tables that other code or another deployment made.
 * Under a name of their own, they stay until somebody drops them, and the chain's blocks, which Ponder keeps apart, are read anew from
 * the database alone.
 */
export function schemaName({ deployment, scheduler }: Settings): string {
  const hash = createHash("sha256").update(JSON.stringify([deployment, scheduler]));
  for (const file of sourcesBelow(ROOT)) hash.update(file).update(readFileSync(join(ROOT, file)));
  return `vouch_${hash.digest("hex").slice(0, 12)}`;
}

function sourcesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((it) => it.endsWith(".ts") && (it.startsWith("src") || it.startsWith("ponder.")))
    .sort();
}
