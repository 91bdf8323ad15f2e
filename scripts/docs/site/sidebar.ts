import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { findPages } from "./findPages.ts";
import type { Section } from "./sections.ts";

export type MenuItem = { readonly text: string; readonly link: string };
export type MenuSection = {
  readonly text: string;
  readonly collapsed?: boolean;
  readonly items: readonly MenuItem[];
};

/** Returns the menu of the pages that exist; a section of none is left out. Named pages stand before the others of a folder. */
export async function sidebarOf(
  docs: string,
  sections: readonly Section[],
): Promise<readonly MenuSection[]> {
  const menu: MenuSection[] = [];
  for (const { title, pages = [], folders = [], collapsed } of sections) {
    const below = await Promise.all(folders.map((folder) => pagesIn(docs, folder)));
    const names = [...new Set([...pages, ...below.flat()])];
    const items = await Promise.all(names.map((name) => itemOf(docs, name)));
    const there = items.filter((item) => item !== undefined);
    if (there.length === 0) continue;
    menu.push({ text: title, items: there, ...(collapsed === undefined ? {} : { collapsed }) });
  }
  return menu;
}

/** Returns the pages that are written and in no section, which nobody would find. */
export async function unlisted(
  docs: string,
  sections: readonly Section[],
): Promise<readonly string[]> {
  const menu = await sidebarOf(docs, sections);
  const listed = new Set(menu.flatMap(({ items }) => items.map(({ link }) => link)));
  return (await findPages(docs))
    .map((path) => relative(docs, path).split(sep).join("/").replace(/\.md$/u, ""))
    .filter((name) => name !== "index" && !listed.has(`/${name}`));
}

async function pagesIn(docs: string, folder: string): Promise<readonly string[]> {
  const names = await readdir(join(docs, folder)).catch(unlessMissing([]));
  return names
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => `${folder}/${name.replace(/\.md$/u, "")}`);
}

async function itemOf(docs: string, name: string): Promise<MenuItem | undefined> {
  const text = await readFile(join(docs, `${name}.md`), "utf8").catch(unlessMissing(undefined));
  if (text === undefined) return undefined;
  const title = /^# (?<title>.+)$/mu.exec(text)?.groups?.["title"] ?? name;
  return {
    text: title.replaceAll(/[`*\\]/gu, "").trim(),
    link: `/${name.replace(/(?<=\/)index$/u, "")}`,
  };
}

function unlessMissing<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return instead;
    throw error;
  };
}
