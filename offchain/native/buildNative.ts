import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { NativeError } from "./errors.ts";
import type { Native } from "./native.ts";
import { openNative, reopenNative } from "./openNative.ts";
import { buildFolder, builtBinary } from "./places.ts";

export type BuildNativeOptions = {
  /** Told every line that cargo says. */
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
};

/** Lines of cargo that an error carries. */
const KEPT_LINES = 40;

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
    await copyFile(join(target, "release", LIBRARY[process.platform] ?? LIBRARY.linux), draft);
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

function runCargo(
  parameters: readonly string[],
  { onProgress, signal }: BuildNativeOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const cargo = spawn("cargo", parameters, {
      stdio: ["ignore", "ignore", "pipe"],
      ...(signal === undefined ? {} : { signal }),
    });
    const lines: string[] = [];
    createInterface(cargo.stderr).on("line", (line) => {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      onProgress?.(line.trim());
    });
    cargo.on("error", (cause: NodeJS.ErrnoException) => {
      const code = signal?.aborted === true ? "CANCELLED" : "CARGO_MISSING";
      reject(new NativeError({ code }, { cause }));
    });
    cargo.on("close", (status) => {
      if (status === 0) resolve();
      else reject(new NativeError({ code: "BUILD_FAILED", output: lines.join("\n") }));
    });
  });
}
