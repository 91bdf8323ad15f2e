import { readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { findPages } from "../site/findPages.ts";

/** A fenced block of a page; `line` is that of its fence, from 1. */
export type Block = {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly words: ReadonlyMap<string, string>;
  readonly code: string;
};

/** What is wrong with a block: where, and what to do about it. */
export type Finding = { readonly at: string; readonly what: string };

const FENCE = /^(?<indent>\s*(?:>\s?)*)(?<fence>`{3,}|~{3,})(?<info>[^`]*)$/u;

/** Returns the blocks of README.md, where there is one, and of every page below docs/ that git keeps, in order. */
export async function readBlocks(root: string): Promise<readonly Block[]> {
  const pages = [join(root, "README.md"), ...(await findPages(join(root, "docs")))];
  const texts = await Promise.all(pages.map((path) => readFile(path, "utf8")));
  return pages.flatMap((path, index) =>
    blocksOf(relative(root, path).split(sep).join("/"), texts[index] ?? ""),
  );
}

/** Returns the blocks of a page's text. A fence that nothing closes ends with the text. */
export function blocksOf(page: string, text: string): readonly Block[] {
  const blocks: Block[] = [];
  let open: { line: number; indent: string; fence: string; info: string; code: string[] } | null =
    null;
  const close = (): void => {
    if (open !== null) blocks.push(blockOf(page, open));
    open = null;
  };
  text.split(/\r?\n/u).forEach((content, index) => {
    const { indent = "", fence = "", info = "" } = FENCE.exec(content)?.groups ?? {};
    if (open === null) {
      if (fence !== "") open = { line: index + 1, indent, fence, info, code: [] };
    } else if (fence.startsWith(open.fence) && info.trim() === "") {
      close();
    } else {
      open.code.push(content.startsWith(open.indent) ? content.slice(open.indent.length) : content);
    }
  });
  close();
  return blocks;
}

/** Returns where a block is, as an editor follows it. */
export function placeOf(block: Block): string {
  return `${block.page}:${block.line}`;
}

function blockOf(
  page: string,
  open: { readonly line: number; readonly info: string; readonly code: readonly string[] },
): Block {
  const [language = "", ...words] = open.info.trim().split(/\s+/u);
  return {
    page,
    line: open.line,
    language: language.replace(/[:{[].*$/u, ""),
    words: new Map(
      words.map((word) => {
        const at = word.indexOf("=");
        return at < 0 ? [word, ""] : [word.slice(0, at), word.slice(at + 1)];
      }),
    ),
    code: open.code.join("\n"),
  };
}
