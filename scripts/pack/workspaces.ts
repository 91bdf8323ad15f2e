import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** The repository's folder. */
export const ROOT: string = resolve(import.meta.dirname, "../..");

/** What of a package's `package.json` packing reads. */
export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
};

/** A package of this repository; `folder` is relative to its root, with `/`. */
export type Workspace = { readonly folder: string; readonly manifest: Manifest };

/** Returns every package that is published. */
export function publishedWorkspaces(): readonly Workspace[] {
  return allWorkspaces().filter(({ manifest }) => manifest.private !== true);
}

/** Returns every package that is not: programs of this repository, compiled by tools of their own. */
export function privateWorkspaces(): readonly Workspace[] {
  return allWorkspaces().filter(({ manifest }) => manifest.private === true);
}

/** By the folders that the root's manifest names. */
function allWorkspaces(): readonly Workspace[] {
  const { workspaces } = readJson(join(ROOT, "package.json")) as {
    readonly workspaces: readonly string[];
  };
  return workspaces
    .flatMap((pattern) =>
      pattern.endsWith("/*") ? foldersIn(dirname(pattern)) : [join(ROOT, pattern)],
    )
    .filter((folder) => existsSync(join(folder, "package.json")))
    .map((folder) => ({
      folder: relative(ROOT, folder).replaceAll("\\", "/"),
      manifest: readJson(join(folder, "package.json")) as Manifest,
    }));
}

/** Reads a file of ours. */
export function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

function foldersIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(ROOT, folder, name));
}
