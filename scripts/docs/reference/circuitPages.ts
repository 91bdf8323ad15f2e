import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { code, escaped, table } from "./page.ts";
import type { Page } from "./page.ts";

const HEADER = /(?<comment>(?:^\/\/\/.*\n)+)template (?<signature>\w+\([^)]*\))/gmu;
/** Tags whose text begins with the name of what it describes. */
const NAMED = ["param", "input", "output"];

/** Returns a page for each folder of circuits: every template with its header. `paths` are relative to `root`. */
export async function circuitPages(
  root: string,
  paths: readonly string[],
): Promise<readonly Page[]> {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const text = await readFile(join(root, path), "utf8");
    const folder = basename(dirname(path));
    const texts = folders.get(folder) ?? [];
    for (const { groups } of text.matchAll(HEADER)) {
      texts.push(templateText(groups?.["comment"] ?? "", groups?.["signature"] ?? ""));
    }
    folders.set(folder, texts);
  }
  return [...folders].map(([folder, texts]) => ({
    path: `circuits/${folder}`,
    text: `# circuits/${folder}\n\n${texts.join("\n\n")}`,
  }));
}

function templateText(comment: string, signature: string): string {
  const tags = comment
    .replaceAll(/^\/\/\/ ?/gmu, "")
    .split(/\n(?=@\w)/u)
    .map((part) => /^@(?<tag>\w+)\s*(?<text>[\s\S]*)$/u.exec(part.trim())?.groups ?? {})
    .map(({ tag = "", text = "" }) => ({ tag, text: text.trim() }));
  const all = (tag: string): readonly string[] =>
    tags.filter((it) => it.tag === tag).map(({ text }) => escaped(text));
  const rows = tags
    .filter(({ tag }) => NAMED.includes(tag))
    .map(({ tag, text }) => {
      const { name = "", rest = "" } =
        /^(?<name>\w+(?:\[[^\]]*\])*(?:, \w+(?:\[[^\]]*\])*)*)\s*(?<rest>[\s\S]*)$/u.exec(text)
          ?.groups ?? {};
      return [tag, code(name), escaped(rest)];
    });
  const constraints = all("constraints");
  return [
    `## ${/^\w+/u.exec(signature)?.[0] ?? signature}`,
    `\`\`\`text\ntemplate ${signature}\n\`\`\``,
    ...all("notice"),
    ...all("dev"),
    table(["", "name", ""], rows),
    constraints.length === 0 ? "" : `Constraints: ${constraints.join(" ")}`,
  ]
    .filter((it) => it !== "")
    .join("\n\n");
}
