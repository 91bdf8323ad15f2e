import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { NativeError } from "./errors.ts";

export type RunCargoOptions = {
  /** Told every line that cargo says. */
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
};

/** Where cargo is run, and what it builds. */
const FOLDER = join(import.meta.dirname, "addon");

/** Lines of cargo that an error carries. */
const KEPT_LINES = 40;

/**
 * Runs the cargo on PATH in the addon's folder. cargo obeys `.cargo/config.toml` in every folder from its own upwards, which
 * may name a program to run as the compiler: so it is never the folder that the caller happens to be in.
 *
 * @throws {NativeError} `CARGO_MISSING`, `BUILD_FAILED`, `CANCELLED`
 */
export function runCargo(
  parameters: readonly string[],
  { onProgress, signal }: RunCargoOptions = {},
): Promise<void> {
  // A target named there would have cargo put the library elsewhere; undefined leaves it out.
  const env = { ...process.env, CARGO_BUILD_TARGET: undefined };
  return new Promise((resolve, reject) => {
    const cargo = spawn("cargo", parameters, {
      cwd: FOLDER,
      env,
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
