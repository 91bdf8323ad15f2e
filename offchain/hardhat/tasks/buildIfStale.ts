import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type {} from "@nomicfoundation/hardhat-typechain"; // its part of the configuration; a project may be without it
import type { HardhatConfig } from "hardhat/types/config";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

/**
 * Builds the contracts and their generated types where any source is newer than these, or there are none. A build writes
 * every generated file anew, whatever changed, and another process may be reading them: a worker that starts, a test.
 */
export async function buildIfStale(hre: HardhatRuntimeEnvironment): Promise<void> {
  const outDir = typesFolderOf(hre.config);
  const sources = hre.config.paths.sources.solidity;
  const built = outDir === undefined ? 0 : modifiedAt(join(outDir, "index.ts"));
  if (Math.max(...sources.map(newestWithin), modifiedAt("package-lock.json")) > built) {
    await hre.tasks.getTask("build").run({ quiet: true });
  }
}

/** None where a project has no TypeChain. */
function typesFolderOf({ typechain }: Partial<HardhatConfig>): string | undefined {
  return typechain?.outDir;
}

function newestWithin(folder: string): number {
  const within = readdirSync(folder, { withFileTypes: true, recursive: true });
  return Math.max(modifiedAt(folder), ...within.map((e) => modifiedAt(join(e.parentPath, e.name))));
}

/** Milliseconds since the epoch, or 0 where there is no such file. */
function modifiedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
