import { renderMermaidSVG } from "beautiful-mermaid";

/**
 * Returns a Mermaid diagram as SVG whose colours are CSS variables (`docs/.vitepress/theme/diagrams.css`), so that it follows
 * the page's theme; it fetches nothing. `id` keeps its names apart from those of other diagrams on the page.
 *
 * @throws {Error} where the text is no diagram that can be drawn.
 */
export function drawMermaid(text: string, id: string): string {
  const svg = renderMermaidSVG(text, { bg: "var(--vp-c-bg)", fg: "var(--vp-c-text-1)" });
  return svg
    .replace(/<style>[\s\S]*?<\/style>/u, "")
    .replace(/ style="[^"]*"/u, "")
    .replaceAll(/(?<= id="|url\(#)/gu, `${id}-`)
    .replace("<svg ", `<svg role="img" `)
    .replaceAll(/\n\s*/gu, "");
}
