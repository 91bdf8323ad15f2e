import type { Block, Finding } from "./readBlocks.ts";
import { placeOf } from "./readBlocks.ts";

/** Stands for anything in what a page shows as printed: within a line, or lines of its own. */
const ANYTHING = "…";

/** Returns what a page shows as printed by a block, in the block `text printed` behind it; undefined where it shows nothing. */
export function printedBy(blocks: readonly Block[], block: Block): string | undefined {
  const at = blocks.findIndex(({ page, line }) => page === block.page && line === block.line);
  const next = blocks[at + 1];
  return next?.page === block.page && next.words.has("printed") ? next.code : undefined;
}

/** Returns a finding where what was printed is not what the page shows. */
export function comparePrinted(
  block: Block,
  shown: string | undefined,
  out: string,
): readonly Finding[] {
  if (shown === undefined || isAs(shown.trim(), out.trim())) return [];
  return [{ at: placeOf(block), what: `the page shows\n${shown}\nand printed was\n${out.trim()}` }];
}

/** Whether a text begins with the first part of what is shown, ends with the last, and has the others in order between them. */
function isAs(shown: string, text: string): boolean {
  const [first = "", ...rest] = shown.split(ANYTHING);
  const last = rest.pop();
  if (last === undefined) return text === first;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length >= at + last.length && text.endsWith(last);
}
