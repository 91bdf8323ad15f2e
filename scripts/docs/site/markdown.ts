import type { MarkdownRenderer } from "vitepress";
import { drawMermaid } from "./drawMermaid.ts";
import { linkOutside } from "./linkOutside.ts";

/** Draws Mermaid blocks, keeps the anchors of generated pages, and points links out of docs/ at the pages that show what they name. */
export function extendMarkdown(md: MarkdownRenderer): void {
  const fence = md.renderer.rules.fence;
  if (fence === undefined) throw new Error("this version of VitePress renders no fences");
  let drawn = 0;
  md.renderer.rules.fence = (tokens, index, ...rest) => {
    const token = tokens[index];
    if (token?.info.trim().split(/\s/u)[0] !== "mermaid") return fence(tokens, index, ...rest);
    return `<div class="diagram" v-pre>${drawMermaid(token.content, `diagram-${drawn++}`)}</div>\n`;
  };
  md.inline.ruler.push("anchor", (state, silent) => {
    const anchor = /^<a id="[\w-]+"><\/a>/u.exec(state.src.slice(state.pos))?.[0];
    if (anchor === undefined) return false;
    if (!silent) state.push("html_inline", "", 0).content = anchor;
    state.pos += anchor.length;
    return true;
  });
  md.core.ruler.push("link-outside", ({ tokens, env }) => {
    const { relativePath } = env as { readonly relativePath: string };
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const href = token.attrGet("href");
      if (token.type === "link_open" && href !== null) {
        token.attrSet("href", linkOutside(relativePath, href));
      }
    }
  });
}
