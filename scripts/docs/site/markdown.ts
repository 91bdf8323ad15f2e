import type { MarkdownRenderer } from "vitepress";
import { drawMermaid } from "./drawMermaid.ts";
import { inlinePicture } from "./inlinePicture.ts";
import { linkOutside } from "./linkOutside.ts";

/** Draws Mermaid blocks, places drawings in the page, keeps the anchors of generated pages, and points links out of docs/ at the pages that show what they name. */
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
  md.core.ruler.push("pictures", (state) => {
    const { path } = state.env as { readonly path: string };
    for (const [index, token] of state.tokens.entries()) {
      const [image, ...others] = token.children ?? [];
      const src = image?.attrGet("src");
      if (image?.type !== "image" || others.length > 0 || !src?.endsWith(".svg")) continue;
      const caption = md.utils.escapeHtml(image.attrGet("title") ?? image.content);
      const figure = new state.Token("html_block", "", 0);
      figure.content = inlinePicture(path, src, caption);
      // A figure is no part of a paragraph: it takes the place of the three tokens of one.
      const empty = new state.Token("html_block", "", 0);
      state.tokens.splice(index - 1, 3, empty, figure, empty);
    }
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
