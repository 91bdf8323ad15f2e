import { readdir, readFile, stat } from "node:fs/promises";
import { extname, join, posix, relative, sep } from "node:path";
import { findPages } from "../site/findPages.ts";
import { outsideOf, SOURCES } from "../site/linkOutside.ts";
import type { Page } from "./page.ts";

const LINK = /\]\((?<href>[^)\s]+)\)/gu;
const LANGUAGES: Readonly<Record<string, string>> = {
  ".sol": "solidity",
  ".ts": "ts",
  ".json": "json",
  ".yaml": "yaml",
  ".service": "ini",
  ".md": "md",
};

/**
 * Returns a page for each file of the project outside docs/ that a page links to, and an index for each folder, with its files. They are
 * not searched: their texts would hide what the pages say.
 *
 * @throws {Error} with the code `ENOENT`, where a link names what does not exist.
 */
export async function sourcePages(root: string): Promise<readonly Page[]> {
  const targets = new Set<string>();
  for (const path of await findPages(join(root, "docs"))) {
    const page = relative(join(root, "docs"), path).split(sep).join("/");
    for (const { groups } of (await readFile(path, "utf8")).matchAll(LINK)) {
      const target = outsideOf(page, groups?.["href"] ?? "");
      if (target !== undefined) targets.add(target);
    }
  }
  const pages = await Promise.all([...targets].map((target) => pagesOf(root, target)));
  return [...new Map(pages.flat().map((page) => [page.path, page])).values()];
}

async function pagesOf(root: string, target: string): Promise<readonly Page[]> {
  const path = posix.relative("reference", posix.join(SOURCES, target));
  if (!(await stat(join(root, target))).isDirectory()) {
    return [
      { path, search: false, text: shown(target, await readFile(join(root, target), "utf8")) },
    ];
  }
  const files = (await readdir(join(root, target), { withFileTypes: true })).filter((it) =>
    it.isFile(),
  );
  const below = await Promise.all(files.map(({ name }) => pagesOf(root, `${target}/${name}`)));
  const folder = posix.basename(target);
  const links = files.map(({ name }) => `- [${name}](./${folder}/${name}.md)`);
  return [{ path, search: false, text: `# ${target}\n\n${links.join("\n")}` }, ...below.flat()];
}

function shown(target: string, text: string): string {
  return `# ${target}\n\n\`\`\`\`\`${LANGUAGES[extname(target)] ?? "text"}\n${text.trimEnd()}\n\`\`\`\`\``;
}
