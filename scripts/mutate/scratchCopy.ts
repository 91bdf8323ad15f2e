import { cpSync, existsSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../solidity/solidityFiles.ts";

/** What a run of the contracts' tests reads, or a build of before spares. */
const COPIED = [
  "contracts",
  "circuits",
  "offchain",
  "models",
  "scripts",
  "test",
  "tools",
  "bench",
  "deployments",
  "artifacts",
  "cache",
  "hardhat.config.ts",
  "package.json",
  "tsconfig.json",
];

/**
 * Makes a copy of the repository in which files may be changed and compiled. Packages are linked to the installed ones,
 * but the workspaces among them point into the copy.
 */
export function makeScratchCopy(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of COPIED) {
    if (!existsSync(join(ROOT, name))) continue;
    cpSync(join(ROOT, name), join(folder, name), {
      recursive: true,
      filter: (path) => !path.startsWith(join(ROOT, "cache/mutation")),
    });
  }
  linkPackages(join(ROOT, "node_modules"), join(folder, "node_modules"));
}

function linkPackages(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (existsSync(target)) continue;
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (entry.name.startsWith("@")) linkPackages(source, target);
    else symlinkSync(source, target);
  }
}
