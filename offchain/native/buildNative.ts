import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { NativeError } from "./errors.ts";
import type { Native } from "./native.ts";
import { openNative, reopenNative } from "./openNative.ts";
import { buildFolder, builtBinary } from "./places.ts";
import { runCargo } from "./runCargo.ts";
import type { RunCargoOptions } from "./runCargo.ts";

export type BuildNativeOptions = RunCargoOptions;

/**
 * Builds the native prover from the sources beside this file, with the cargo on PATH and without the network, unless
 * these very sources have been built already; then opens it. Some 30 s on two cores.
 *
 * @throws {NativeError} `CARGO_MISSING`, `BUILD_FAILED`, `CANCELLED`, `BINARY_UNUSABLE`
 */
export async function buildNative(options: BuildNativeOptions = {}): Promise<Native> {
  const path = builtBinary();
  if (!existsSync(path)) await build(path, options);
  const native = openNative() ?? reopenNative();
  if (native === undefined) throw new NativeError({ code: "BINARY_UNUSABLE", path });
  return native;
}

async function build(path: string, options: BuildNativeOptions): Promise<void> {
  // Where two processes build the same, cargo has the second wait, and then it finds all done.
  const target = buildFolder();
  const manifest = join(import.meta.dirname, "addon", "Cargo.toml");
  await runCargo(
    [
      ...["build", "--release", "--offline", "--locked"],
      ...["--manifest-path", manifest, "--target-dir", target],
    ],
    options,
  );
  // Complete at its place or not there: others may look for it meanwhile.
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const library = join(target, "release", LIBRARY[process.platform] ?? LIBRARY.linux);
    await copyFile(library, draft).catch((cause: unknown) => {
      const output = `it left no ${library}: is another target set in a cargo configuration?`;
      throw new NativeError({ code: "BUILD_FAILED", output }, { cause });
    });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

/** What cargo calls a shared library. */
const LIBRARY: Readonly<Record<string, string>> & { readonly linux: string } = {
  darwin: "libvouch_addon.dylib",
  linux: "libvouch_addon.so",
  win32: "vouch_addon.dll",
};
