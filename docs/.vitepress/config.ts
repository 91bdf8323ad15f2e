import { join } from "node:path";
import { defineConfig } from "vitepress";
import { headingAnchor } from "../../scripts/docs/site/headingAnchor.ts";
import { extendMarkdown } from "../../scripts/docs/site/markdown.ts";
import { REFERENCE, SECTIONS } from "../../scripts/docs/site/sections.ts";
import { sidebarOf, unlisted } from "../../scripts/docs/site/sidebar.ts";

const docs = join(import.meta.dirname, "..");
const menu = await sidebarOf(docs, SECTIONS);
const reference = await sidebarOf(docs, REFERENCE);
const lost = await unlisted(docs, SECTIONS);
if (lost.length > 0) {
  throw new Error(`no section of scripts/docs/site/sections.ts has: ${lost.join(", ")}`);
}
const first = (title: string): string | undefined =>
  menu.find(({ text }) => text === title)?.items[0]?.link;

export default defineConfig({
  title: "Vouch",
  description: "AI inference with a receipt",
  lang: "en",
  base: process.env["DOCS_BASE"] ?? "/",
  outDir: "../dist/docs",
  cacheDir: "../cache/docs",
  // What the pages write in angle brackets stands for something; none of it is HTML.
  markdown: { html: false, anchor: { slugify: headingAnchor }, config: extendMarkdown },
  head: [
    [
      "link",
      { rel: "icon", type: "image/svg+xml", href: `${process.env["DOCS_BASE"] ?? "/"}mark.svg` },
    ],
  ],
  vite: { build: { chunkSizeWarningLimit: 4096 } },
  themeConfig: {
    logo: "/mark.svg",
    search: { provider: "local" },
    outline: [2, 3],
    nav: ["Tutorial", "How-to", "Examples", "Porting", "Explanation", "Operate"]
      .map((text) => ({ text, link: first(text) }))
      .concat({ text: "Reference", link: "/reference/" })
      .filter((item): item is { text: string; link: string } => item.link !== undefined),
    sidebar: {
      "/reference/": reference.map((section) => ({ ...section, items: [...section.items] })),
      "/": menu.map((section) => ({ ...section, items: [...section.items] })),
    },
  },
});
