import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

export const ROOT: string = resolve(import.meta.dirname, "../..");

/** Paths below `folder`, relative to the repository and sorted, that end with `suffix`. */
export function filesBelow(folder: string, suffix: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(suffix) && !path.includes("node_modules"))
    .map((path) => join(folder, path))
    .sort();
}

/** The contracts that ship: all but the mocks. */
export function shippedContracts(): readonly string[] {
  return filesBelow("contracts", ".sol").filter((path) => !path.startsWith("contracts/mocks/"));
}

/** Each Solidity file of the repository with the files that it imports, directly or not. */
export function importClosure(): ReadonlyMap<string, ReadonlySet<string>> {
  const direct = new Map(
    [...filesBelow("contracts", ".sol"), ...filesBelow("test/contracts", ".sol")].map((path) => [
      path,
      importsOf(path),
    ]),
  );
  const closure = (path: string, seen: Set<string>): Set<string> => {
    for (const imported of direct.get(path) ?? []) {
      if (!seen.has(imported)) closure(imported, seen.add(imported));
    }
    return seen;
  };
  return new Map([...direct.keys()].map((path) => [path, closure(path, new Set())]));
}

function importsOf(path: string): readonly string[] {
  const text = readFileSync(join(ROOT, path), "utf8");
  return [...text.matchAll(/^\s*(?:import\s|\}\s*from\s).*?["'](\.[^"']+)["'];/gm)].map((match) =>
    relative(ROOT, resolve(ROOT, dirname(path), match[1] ?? "")),
  );
}
