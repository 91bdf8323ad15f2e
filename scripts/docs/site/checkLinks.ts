import { readdir, readFile } from "node:fs/promises";
import { join, posix, sep } from "node:path";
import type { Finding } from "../blocks/readBlocks.ts";

const ID = /\sid="(?<id>[^"]+)"/gu;
const LINK = /<(?<tag>a|img|script|link|source|iframe)\s(?<attributes>[^>]*)>/gu;
const TARGET = /(?:^|\s)(?:href|src)="(?<target>[^"]*)"/u;

/**
 * Returns what is wrong with the links of a built site: pages, files and headings that do not exist, and what a page would fetch from
 * elsewhere. `base` is the path that the site is served below.
 */
export async function checkLinks(site: string, base: string): Promise<readonly Finding[]> {
  const names = (await readdir(site, { recursive: true })).map((name) => name.split(sep).join("/"));
  const files = new Set(names);
  const pages = names.filter((name) => name.endsWith(".html"));
  const texts = new Map(
    await Promise.all(
      pages.map(async (name) => [name, await readFile(join(site, name), "utf8")] as const),
    ),
  );
  const ids = new Map(
    [...texts].map(([name, text]) => [
      name,
      new Set([...text.matchAll(ID)].map(({ groups }) => decoded(groups?.["id"] ?? ""))),
    ]),
  );
  return [...texts].flatMap(([page, text]) =>
    [...text.matchAll(LINK)].flatMap(({ groups }) => {
      const target = decoded(TARGET.exec(groups?.["attributes"] ?? "")?.groups?.["target"] ?? "");
      const what = problemOf(groups?.["tag"] ?? "", target, page, { base, files, ids });
      return what === undefined ? [] : [{ at: page, what }];
    }),
  );
}

type Site = {
  readonly base: string;
  readonly files: ReadonlySet<string>;
  readonly ids: ReadonlyMap<string, ReadonlySet<string>>;
};

function problemOf(
  tag: string,
  target: string,
  page: string,
  { base, files, ids }: Site,
): string | undefined {
  if (target === "" || target.startsWith("data:")) return undefined;
  if (/^(?:[a-z][\w+.-]*:)?\/\/|^[a-z][\w+.-]*:/iu.test(target)) {
    return tag === "a" ? undefined : `fetches ${target} from elsewhere`;
  }
  const [path = "", fragment = ""] = target.split("#");
  const file = path === "" ? page : fileOf(path, page, base, files);
  if (file === undefined) return `no page or file is at ${target}`;
  const anchors = ids.get(file);
  if (fragment === "" || anchors === undefined) return undefined;
  return anchors.has(decodeURIComponent(fragment)) ? undefined : `no heading is at ${target}`;
}

function fileOf(
  path: string,
  page: string,
  base: string,
  files: ReadonlySet<string>,
): string | undefined {
  const [plain = ""] = decodeURIComponent(path).split("?");
  if (plain.startsWith("/") && !plain.startsWith(base)) return undefined;
  const within = plain.startsWith("/")
    ? plain.slice(base.length)
    : posix.join(posix.dirname(page), plain);
  return [within, `${within}.html`, posix.join(within, "index.html")].find((name) =>
    files.has(name),
  );
}

function decoded(text: string): string {
  return text.replaceAll("&amp;", "&").replaceAll("&quot;", '"').replaceAll("&#39;", "'");
}
