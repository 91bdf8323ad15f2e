import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * Returns a drawing as a figure that stands in the page, so that its text is text and its colours follow the page's theme
 * (`docs/.vitepress/theme/pictures.css`); the colours that the file has for repository hosts are left out. `src` is as the page, by its
 * path, names it.
 *
 * @throws {Error} with the code `ENOENT`, where there is no such file.
 */
export function inlinePicture(page: string, src: string, caption: string): string {
  const svg = readFileSync(join(dirname(page), src), "utf8")
    .replace(/<style>[\s\S]*?<\/style>/u, "")
    .replaceAll(/\n\s*/gu, "");
  return `<figure class="picture" v-pre>${svg}<figcaption>${caption}</figcaption></figure>\n`;
}
