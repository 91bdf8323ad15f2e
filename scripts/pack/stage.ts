import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname, join, relative } from "node:path";
import { writeContractArtifacts } from "./contractArtifacts.ts";
import { publishedManifest } from "./publishedManifest.ts";
import type { Workspace } from "./workspaces.ts";
import { ROOT } from "./workspaces.ts";

/** Folders of a workspace that are made there, or stay there: no part of what it is. */
const LEFT_OUT = new Set([
  "node_modules",
  "artifacts",
  "target",
  "cache",
  "npm",
  "mocks",
  "examples",
]);
/** The Solidity packages, which ship what the repository compiled of them. */
const SOLIDITY = new Set(["contracts", "testing"]);

/**
 * Puts what is published of a package into a folder of its own below `stage`, and returns that. Its TypeScript comes from
 * `emitted` as JavaScript and declarations; everything else as it lies in the repository.
 */
export function stagePackage(
  { folder, manifest }: Workspace,
  emitted: string,
  stage: string,
): string {
  const source = join(ROOT, folder);
  const target = join(stage, folder.replaceAll("/", "-"));
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  cpSync(source, target, {
    recursive: true,
    filter: (path) => path === source || isPublished(relative(source, path)),
  });
  const compiled = join(emitted, folder);
  if (existsSync(compiled)) cpSync(compiled, target, { recursive: true });
  startCompiled(target);
  if (SOLIDITY.has(folder)) writeContractArtifacts(folder, join(target, "artifacts"));
  cpSync(join(ROOT, "LICENSES", `${manifest.license}.txt`), join(target, "LICENSE"));
  const json = JSON.stringify(publishedManifest(manifest), null, 2);
  writeFileSync(join(target, "package.json"), `${json}\n`);
  return target;
}

/** Whether a file or folder is published as it is; TypeScript is not, but for what a template consists of. */
function isPublished(path: string): boolean {
  const [first = ""] = path.split(/[\\/]/);
  if (first === "template") return !["node_modules", "artifacts", "cache"].includes(basename(path));
  return !LEFT_OUT.has(basename(path)) && extname(path) !== ".ts";
}

/** Commands start `main.ts` in the repository, and `main.js` where they are installed. */
function startCompiled(target: string): void {
  const { bin = {} } = JSON.parse(readFileSync(join(target, "package.json"), "utf8")) as {
    readonly bin?: Readonly<Record<string, string>>;
  };
  for (const path of Object.values(bin)) {
    const file = join(target, path);
    writeFileSync(
      file,
      readFileSync(file, "utf8").replaceAll(/"((?:[\w.-]+\/)*main)\.ts"/g, '"$1.js"'),
    );
  }
}
