import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A generated page: its path below docs/reference, without extension, and its Markdown; `search` is whether it can be found. */
export type Page = { readonly path: string; readonly text: string; readonly search?: false };

/** Replaces docs/reference by these pages. */
export async function writePages(docs: string, pages: readonly Page[]): Promise<void> {
  const folder = join(docs, "reference");
  await rm(folder, { recursive: true, force: true });
  await Promise.all(
    pages.map(async ({ path, text, search = true }) => {
      const file = join(folder, `${path}.md`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, `---\neditLink: false\nsearch: ${search}\n---\n\n${text.trim()}\n`);
    }),
  );
}

/** Returns text as Markdown that shows it: nothing of it is emphasis, a table's border or a template of Vue's. Code stays code. */
export function escaped(text: string): string {
  return text
    .split(/(`[^`]*`)/u)
    .map((part) =>
      part.startsWith("`")
        ? part.replaceAll("|", "\\|").replaceAll("{{", "{ {")
        : part.replaceAll(/[*|[\]]/gu, "\\$&").replaceAll("{{", "{ {"),
    )
    .join("");
}

/** Returns a Markdown table; rows of escaped cells, in which line ends become spaces. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll(/\s*\n\s*/gu, " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Returns text as code in a sentence or a cell. */
export function code(text: string): string {
  return text === "" ? "" : `\`${text.replaceAll("|", "\\|").replaceAll("{{", "{ {")}\``;
}
