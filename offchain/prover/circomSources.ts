import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, posix, relative, sep } from "node:path";
import { ProverError } from "./errors.ts";

/** A file of a circuit: its path below the build folder, with `/`, and its text. */
export type CircomSource = { readonly path: string; readonly text: string };

type Library = {
  /** Folder below the build folder; circom searches it. */
  readonly name: string;
  /** Where a path below `name` lies on this machine, `undefined` if the library does not own it. */
  readonly locate: (path: string) => string | undefined;
};

/** Folders that circom searches for an include, in this order. */
export const LIBRARY_FOLDERS: readonly string[] = ["circuits", "libraries"];

/**
 * Collects the main file and everything it includes, directly or not, in the order met. Our templates come to
 * `circuits/`, circomlib to `libraries/circomlib/`; where the packages are installed leaves no trace.
 *
 * @throws {ProverError} `INCLUDE_NOT_FOUND`, naming the file and who includes it.
 */
export async function collectSources(main: string): Promise<readonly CircomSource[]> {
  const libraries = findLibraries();
  const collected = new Map<string, CircomSource>();
  const queue: CircomSource[] = [{ path: "main.circom", text: main }];
  for (let source = queue.shift(); source !== undefined; source = queue.shift()) {
    collected.set(source.path, source);
    for (const include of includesOf(source.text)) {
      const found = resolveInclude(include, source.path, libraries);
      if (found === undefined) {
        throw new ProverError({ code: "INCLUDE_NOT_FOUND", file: include, from: source.path });
      }
      if (collected.has(found.path) || queue.some((it) => it.path === found.path)) continue;
      queue.push({ path: found.path, text: await readFile(found.file, "utf8") });
    }
  }
  return [...collected.values()];
}

function findLibraries(): readonly Library[] {
  const require = createRequire(import.meta.url);
  const templates = require.resolve("@vouch/circuits/package.json");
  // circomlib is a dependency of our templates, so it is resolved from them.
  const circomlib = createRequire(templates).resolve("circomlib/package.json");
  return [
    { name: "circuits", locate: (path) => fileBelow(dirname(templates), path) },
    {
      name: "libraries",
      locate: (path) =>
        path.startsWith("circomlib/circuits/")
          ? fileBelow(dirname(circomlib), path.slice("circomlib/".length))
          : undefined,
    },
  ];
}

function fileBelow(folder: string, path: string): string | undefined {
  const file = join(folder, path);
  const inside = !relative(folder, file).split(sep).includes("..");
  return inside && path.endsWith(".circom") && existsSync(file) ? file : undefined;
}

/** As circom does it: beside the including file first, then in each library. */
function resolveInclude(
  include: string,
  from: string,
  libraries: readonly Library[],
): { readonly path: string; readonly file: string } | undefined {
  const beside = posix.normalize(posix.join(posix.dirname(from), include));
  for (const path of [
    beside,
    ...libraries.map(({ name }) => posix.normalize(`${name}/${include}`)),
  ]) {
    for (const { name, locate } of libraries) {
      const file = path.startsWith(`${name}/`) ? locate(path.slice(name.length + 1)) : undefined;
      if (file !== undefined) return { path, file };
    }
  }
  return undefined;
}

function includesOf(text: string): readonly string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  return [...code.matchAll(/\binclude\s+"([^"]+)"/g)].flatMap((it) => it[1] ?? []);
}
