import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Bytes of a browser's bundle; `minified` by part, `gzip` of it all at level 9. */
export type BundleSize = {
  readonly gzip: number;
  readonly minified: number;
  readonly parts: Readonly<Record<string, number>>;
};

const ROOT = resolve(import.meta.dirname, "../..");

/** What a module belongs to, by its path. */
const PARTS: readonly (readonly [part: string, path: RegExp])[] = [
  ["ethers", /node_modules\/ethers\//],
  ["zod", /node_modules\/zod\//],
  ["noble", /node_modules\/@noble\//],
  ["poseidon", /node_modules\/poseidon-lite\//],
  ["contracts", /offchain\/protocol\/(?:typechain|abi)\//],
  ["protocol", /offchain\/protocol\//],
  ["sdk", /offchain\/sdk\//],
];

/**
 * Bundles `code` for browsers as an application would, minified.
 *
 * @param code imports of this repository's packages by name
 */
export async function measureBundle(code: string): Promise<BundleSize> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: code, resolveDir: ROOT, loader: "ts" },
    ...{ bundle: true, minify: true, metafile: true, write: false },
    ...{ platform: "browser", format: "esm", target: "es2022", logLevel: "error" },
  });
  const [file] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  if (file === undefined || output === undefined) throw new Error("esbuild wrote nothing");
  const parts: Record<string, number> = {};
  for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
    const part = PARTS.find(([, pattern]) => pattern.test(path))?.[0] ?? "other";
    parts[part] = (parts[part] ?? 0) + bytesInOutput;
  }
  return {
    gzip: gzipSync(file.contents, { level: 9 }).length,
    minified: file.contents.length,
    parts,
  };
}
