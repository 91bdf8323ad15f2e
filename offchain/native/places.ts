import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What prebuilt packages and built binaries are named by. */
export const PLATFORM: string = `${process.platform}-${process.arch}`;

/** The file of a prebuilt package, and of a folder of the cache. */
export const BINARY = "vouch-prover.node";

/** Rust sources, which the package ships. */
export const SOURCES = ["crate", "addon"] as const;

/**
 * Where binaries are built; ignored by git, and safe to delete. It is beside the sources, and not in the store's cache,
 * so that an image of the worker that is measured has the code in it that it loads.
 */
const CACHE = join(import.meta.dirname, "cache");

/** The binary of the optional package for this system, or `undefined` where none is installed. */
export function prebuiltBinary(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve(`@vouch/native-${PLATFORM}/${BINARY}`);
  } catch {
    return undefined; // not installed: the package is optional
  }
}

/** Where the binary of the sources as they are now is built to, whether or not it has been. */
export function builtBinary(): string {
  return join(CACHE, `${PLATFORM}-${sourcesHash()}`, BINARY);
}

/**
 * Where cargo works: with other caches of installed packages, in the nearest `node_modules` upwards; a folder for each
 * state of the sources, so that what lies there is never the library of others.
 */
export function buildFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, "node_modules")) && dirname(folder) !== folder) {
    folder = dirname(folder);
  }
  return join(folder, "node_modules", ".cache", "vouch-native", sourcesHash());
}

/** SHA-256 of all Rust sources and manifests, shortened to 16 hex digits. */
function sourcesHash(): string {
  const hash = createHash("sha256");
  for (const folder of SOURCES) {
    const root = join(import.meta.dirname, folder);
    const files = existsSync(root) ? filesIn(root, "") : [];
    for (const file of files) {
      const bytes = readFileSync(join(root, file));
      hash.update(`${folder}/${file} ${bytes.length}\n`).update(bytes);
    }
  }
  return hash.digest("hex").slice(0, 16);
}

const SKIPPED = new Set(["target", "examples", "benches"]);

/** Paths with `/`, in order, so that the hash is the same everywhere. */
function filesIn(root: string, folder: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries
    .filter((it) => !SKIPPED.has(it.name))
    .flatMap((it) => {
      const path = folder === "" ? it.name : `${folder}/${it.name}`;
      return it.isDirectory() ? filesIn(root, path) : [path];
    })
    .sort();
}
