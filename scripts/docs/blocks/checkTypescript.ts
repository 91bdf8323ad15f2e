import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import type { Block, Finding } from "./readBlocks.ts";
import { placeOf } from "./readBlocks.ts";

/** A file that blocks make: one of them, or a group of them. */
export type Module = { readonly path: string; readonly blocks: readonly Block[] };

/** Returns the modules of TypeScript and JavaScript blocks, as files of a folder for each page below `folder`. */
export function modulesOf(folder: string, blocks: readonly Block[]): readonly Module[] {
  const modules = new Map<string, Block[]>();
  for (const block of blocks) {
    const group = block.words.get("group") ?? `line-${block.line}`;
    const name = block.words.get("file") ?? `${group}.${block.language}`;
    const path = join(folder, block.page.replace(/\.md$/u, ""), name);
    const module = modules.get(path) ?? [];
    module.push(block);
    modules.set(path, module);
  }
  return [...modules].map(([path, it]) => ({ path, blocks: it }));
}

/** Returns a module's text. */
export function textOf(module: Module): string {
  return module.blocks.map(({ code }) => `${code}\n`).join("");
}

/** Returns what a strict type check of all modules, in one program by the project's own options, finds. No file is written. */
export function checkTypescript(root: string, modules: readonly Module[]): readonly Finding[] {
  if (modules.length === 0) return [];
  const texts = new Map(modules.map((module) => [module.path, `${textOf(module)}\nexport {};\n`]));
  const options = optionsOf(root);
  const host = ts.createCompilerHost(options);
  const virtual = new Set([...texts.keys()].flatMap(ancestors));
  const program = ts.createProgram([...texts.keys()], options, {
    ...host,
    fileExists: (path) => texts.has(path) || host.fileExists(path),
    readFile: (path) => texts.get(path) ?? host.readFile(path),
    directoryExists: (path) => virtual.has(path) || existsSync(path),
    getSourceFile: (path, language, ...rest) => {
      const text = texts.get(path);
      return text === undefined
        ? host.getSourceFile(path, language, ...rest)
        : ts.createSourceFile(path, text, language);
    },
  });
  return modules.flatMap((module) => {
    const file = program.getSourceFile(module.path);
    const found = [
      ...program.getSyntacticDiagnostics(file),
      ...program.getSemanticDiagnostics(file),
    ];
    return found.map((it) => ({
      at: it.start === undefined ? module.path : placeIn(module, file, it.start),
      what: ts.flattenDiagnosticMessageText(it.messageText, "\n"),
    }));
  });
}

/** As tsconfig.json, with the DOM's names, as a page's code has, and without what a block leaves to its reader. */
function optionsOf(root: string): ts.CompilerOptions {
  const path = join(root, "tsconfig.json");
  const { config } = ts.readConfigFile(path, (it) => readFileSync(it, "utf8")) as {
    config: unknown;
  };
  return {
    ...ts.parseJsonConfigFileContent(
      { ...(config as object), include: [], files: [] },
      ts.sys,
      root,
    ).options,
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    allowJs: true,
    checkJs: true,
    noUnusedLocals: false,
    noUnusedParameters: false,
    exactOptionalPropertyTypes: false,
  };
}

/** Returns the page and line of an offset in a module. */
function placeIn(module: Module, file: ts.SourceFile | undefined, offset: number): string {
  let line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(offset).line;
  for (const block of module.blocks) {
    const lines = block.code.split("\n").length;
    if (line < lines) return `${block.page}:${block.line + 1 + line}`;
    line -= lines;
  }
  return module.blocks.map(placeOf).at(-1) ?? module.path;
}

function ancestors(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [] : [above, ...ancestors(above)];
}
