import { posix } from "node:path";

/** Where the pages lie that show files of the project: below docs/. */
export const SOURCES = "reference/source";

/**
 * Returns the link of a page to a file outside docs/ as a link to the page that shows it; any other link as it is. `page` is the
 * page's path within docs/.
 */
export function linkOutside(page: string, href: string): string {
  const target = outsideOf(page, href);
  if (target === undefined) return href;
  const shown = posix.relative(posix.dirname(page), posix.join(SOURCES, `${target}.md`));
  return shown.startsWith(".") ? shown : `./${shown}`;
}

/** Returns the path within the project that a page's link names, where that lies outside docs/; its fragment is dropped. */
export function outsideOf(page: string, href: string): string | undefined {
  if (/^[a-z][\w+.-]*:|^\/|^#/iu.test(href)) return undefined;
  const [path = ""] = href.split("#");
  const target = posix.normalize(posix.join("docs", posix.dirname(page), path));
  if (target.startsWith("docs/") || target.startsWith("..")) return undefined;
  return target.replace(/\/$/u, "");
}
