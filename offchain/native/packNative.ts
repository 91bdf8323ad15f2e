import { copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NativeError } from "./errors.ts";
import { BINARY, builtBinary, PLATFORM } from "./places.ts";

/** The parts of a manifest that a prebuilt package takes over. */
type Manifest = { readonly version: string; readonly license: string };

/**
 * Puts the binary that was built here into a package that `npm pack` and `npm publish` take: npm/<platform>-<arch>.
 * It has no install script. Returns its folder.
 *
 * @throws {NativeError} `BINARY_MISSING` unless these sources were built
 */
export async function packNative(): Promise<string> {
  const binary = builtBinary();
  const root = import.meta.dirname;
  const folder = join(root, "npm", PLATFORM);
  const { version, license } = JSON.parse(
    await readFile(join(root, "package.json"), "utf8"),
  ) as Manifest; // our own
  const manifest = {
    name: `@vouch/native-${PLATFORM}`,
    version,
    description: `The native prover of @vouch/native for ${PLATFORM}.`,
    license,
    os: [process.platform],
    cpu: [process.arch],
    // glibc's symbols have versions; a system with another libc builds its own.
    ...(process.platform === "linux" ? { libc: ["glibc"] } : {}),
    exports: { [`./${BINARY}`]: `./${BINARY}` },
    files: [BINARY],
  };
  await mkdir(folder, { recursive: true });
  await copyFile(binary, join(folder, BINARY)).catch((cause: unknown) => {
    throw new NativeError({ code: "BINARY_MISSING", path: binary }, { cause });
  });
  await writeFile(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return folder;
}
