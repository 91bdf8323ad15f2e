import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { solc } from "../../solidity/parseSolidity.ts";
import type { Block, Finding } from "./readBlocks.ts";
import { placeOf } from "./readBlocks.ts";

type Source = { readonly block: Block; readonly path: string; readonly content: string };
type SolcError = {
  readonly severity: string;
  readonly type: string;
  readonly message: string;
  readonly sourceLocation?: { readonly file: string; readonly start: number };
};

const WHOLE = /^\s*pragma\s+solidity/mu;
const UNIT = /^\s*(?:abstract\s+contract|contract|interface|library)\s+\w+/mu;
const MEMBER =
  /^\s*(?:function|modifier|event|error|struct|enum|using|constructor|receive|fallback|mapping)\b/mu;

/**
 * Returns what one compilation of all Solidity blocks finds: errors, and no warnings. `names` are the files to import what a
 * fragment mentions from.
 */
export function checkSolidity(
  root: string,
  blocks: readonly Block[],
  names: ReadonlyMap<string, string>,
): readonly Finding[] {
  if (blocks.length === 0) return [];
  const sources = blocks.map((block) => sourceOf(block, names));
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(sources.map(({ path, content }) => [path, { content }])),
    settings: { evmVersion: "prague", outputSelection: {} },
  };
  const output = JSON.parse(
    solc.compile(JSON.stringify(input), { import: (path) => importOf(root, path) }),
  ) as { readonly errors?: readonly SolcError[] };
  return (output.errors ?? [])
    .filter(({ severity }) => severity === "error")
    .map((error) => {
      const source = sources.find(({ path }) => path === error.sourceLocation?.file);
      return {
        at: source === undefined ? (error.sourceLocation?.file ?? "solc") : placeIn(source, error),
        what: `${error.type}: ${error.message}`,
      };
    });
}

/** Returns the file that a block stands for (docs/contributing-docs.md). */
function sourceOf(block: Block, names: ReadonlyMap<string, string>): Source {
  const folder = `pages/${block.page.replace(/\.md$/u, "")}`;
  const path = `${folder}/${block.words.get("file") ?? `line-${block.line}.sol`}`;
  if (WHOLE.test(block.code)) return { block, path, content: block.code };
  const code = block.code.replaceAll(/\{\s*(?:\.\.\.|…)\s*\}/gu, "{}");
  const body = within(block, code);
  const declared = new Set(
    [
      ...code.matchAll(
        /^\s*(?:abstract\s+)?(?:contract|interface|library|struct|enum|type|error|import)\s+\{?\s*(\w+)/gmu,
      ),
    ].map(([, name]) => name),
  );
  const mentioned = new Set(body.match(/[A-Za-z_]\w*/gu));
  const imports = [...mentioned]
    .filter((name) => names.has(name) && !declared.has(name))
    .map((name) => `import {${name}} from "${names.get(name) ?? ""}";`);
  const head = `// SPDX-License-Identifier: MIT\npragma solidity ^0.8.27; ${imports.join(" ")}`;
  return { block, path, content: `${head}\n${body}` };
}

/** Returns a fragment inside what it needs around it. */
function within(block: Block, code: string): string {
  if (UNIT.test(code)) return code;
  const base = block.words.get("in");
  const heading = `abstract contract Fragment${base === undefined ? "" : ` is ${base}`}`;
  if (MEMBER.test(code)) return `${heading} {\n${code}\n}`;
  return `${heading} { function fragment() external {\n${code}\n}}`;
}

/** Reads an imported file as Node finds packages: from the project's own. */
function importOf(
  root: string,
  path: string,
): { readonly contents: string } | { readonly error: string } {
  const file = join(root, "node_modules", path);
  return existsSync(file)
    ? { contents: readFileSync(file, "utf8") }
    : { error: `no package has ${path}` };
}

/** Lines of a fragment are counted from its fence; what stands before it is two or three lines of the head. */
function placeIn(source: Source, error: SolcError): string {
  const before = Buffer.from(source.content)
    .subarray(0, error.sourceLocation?.start ?? 0)
    .toString();
  const first = source.content.indexOf(source.block.code.split("\n")[0] ?? "");
  const line = before.split("\n").length - source.content.slice(0, first).split("\n").length;
  return line < 0 ? placeOf(source.block) : `${source.block.page}:${source.block.line + 1 + line}`;
}
