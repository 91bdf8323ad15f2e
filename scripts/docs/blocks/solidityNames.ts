import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";

const DECLARATION =
  /^(?:abstract\s+)?(?:contract|interface|library|struct|enum|type|error|function)\s+(?<name>[A-Za-z_$][\w$]*)/gmu;
/** Folders whose contracts an integrator does not import. */
const OTHER = new Set(["node_modules", "mocks", "examples", "artifacts"]);

/** Returns which file declares a name at its top level: names to import paths. A name of two files is left out. */
export async function solidityNames(
  packages: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  const twice = new Set<string>();
  for (const [prefix, folder] of Object.entries(packages)) {
    for (const path of await solidityFiles(folder)) {
      for (const { groups } of (await readFile(join(folder, path), "utf8")).matchAll(DECLARATION)) {
        const name = groups?.["name"] ?? "";
        if (names.has(name)) twice.add(name);
        names.set(name, `${prefix}/${path}`);
      }
    }
  }
  for (const name of twice) names.delete(name);
  return names;
}

async function solidityFiles(folder: string, below = ""): Promise<readonly string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch(nothingThere);
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) return OTHER.has(entry.name) ? [] : solidityFiles(folder, path);
      return path.endsWith(".sol") ? [path] : [];
    }),
  );
  return found.flat().sort();
}

/** A package that this version lacks declares nothing. */
function nothingThere(error: unknown): [] {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
  throw error;
}
