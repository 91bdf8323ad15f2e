import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** Folders of docs/ that hold no page that somebody wrote. */
const OTHER = [".vitepress", "public", "reference"];

/** Returns the Markdown files below docs/ that are written, not generated: absolute paths, sorted. */
export async function findPages(docs: string): Promise<readonly string[]> {
  const entries = await readdir(docs, { withFileTypes: true });
  const found = await Promise.all(
    entries
      .filter(({ name }) => !OTHER.includes(name))
      .map(async (entry) => {
        const path = join(docs, entry.name);
        if (entry.isDirectory()) return findPages(path);
        return entry.name.endsWith(".md") ? [path] : [];
      }),
  );
  return found.flat().sort();
}
