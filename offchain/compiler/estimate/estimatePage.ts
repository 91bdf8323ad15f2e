import { drawGraph } from "./drawGraph.ts";
import type { Drawing } from "./drawGraph.ts";
import { escapeXml } from "./escapeXml.ts";

/** A table of the page: the first row is the head, numbers are set to the right. */
export type PageTable = { readonly title: string; readonly rows: readonly (readonly string[])[] };

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1b1f; --soft: #5c5f66; --line: #d5d8dd; --back: #ffffff; }
@media (prefers-color-scheme: dark) { :root { --ink: #f2f2f5; --soft: #a9adb6; --line: #3a3d44; --back: #16171b; } }
body { margin: 24px auto; max-width: 1100px; padding: 0 16px; color: var(--ink); background: var(--back);
  font: 15px/1.5 ui-sans-serif, system-ui, sans-serif; }
h1 { font-size: 22px; } h2 { font-size: 17px; margin-top: 32px; }
.wide { overflow-x: auto; }
.wide svg { display: block; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 3px 12px 3px 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; }
.number { text-align: right; }
`;

/**
 * A page with the picture of a model and tables beside it; it needs nothing from elsewhere. The same content gives the same
 * text.
 */
export function estimatePage(drawing: Drawing, tables: readonly PageTable[]): string {
  const svg = drawGraph(drawing).replace(/^<\?xml[^\n]*\n/, "");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeXml(drawing.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeXml(drawing.title)}</h1>
<div class="wide">
${svg}</div>
${tables.map(section).join("\n")}
</body>
</html>
`;
}

function section({ title, rows: [head = [], ...rows] }: PageTable): string {
  const cells = (tag: "th" | "td", row: readonly string[]): string =>
    row
      .map((it, k) => {
        const isNumber = rows.every((other) => /^[\d,.\s%–-]*$/.test(other[k] ?? ""));
        return `<${tag}${isNumber ? ' class="number"' : ""}>${escapeXml(it)}</${tag}>`;
      })
      .join("");
  const body = rows.map((row) => `<tr>${cells("td", row)}</tr>`).join("\n");
  return `<h2>${escapeXml(title)}</h2>
<div class="wide"><table>
<tr>${cells("th", head)}</tr>
${body}
</table></div>`;
}
