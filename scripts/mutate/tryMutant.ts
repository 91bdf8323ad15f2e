import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../solidity/solidityFiles.ts";
import { type Mutant, applyMutant } from "./mutantsOf.ts";
import type { ConcernedTests } from "./testsFor.ts";

/**
 * `equivalent`: the compiler makes the same code of it. `uncompilable`: it is no program. Neither counts in a score.
 * `killed`: a test fails, or runs far longer than it does.
 */
export type Status = "killed" | "survived" | "equivalent" | "uncompilable";

export type Verdict = { readonly status: Status; readonly by?: string };

/** No test of a contract runs this long unless a mutant keeps it from ending. */
const TEST_LIMIT_MS = 300_000;

/** The code of every contract in a copy, without the hash of its source at the end. */
export function codeOf(folder: string): string {
  const artifacts = join(folder, "artifacts/contracts");
  const hash = createHash("sha256");
  if (!existsSync(artifacts)) return "";
  for (const path of readdirSync(artifacts, { recursive: true, encoding: "utf8" }).sort()) {
    if (!path.endsWith(".json")) continue;
    const artifact = JSON.parse(readFileSync(join(artifacts, path), "utf8")) as {
      readonly bytecode?: string;
      readonly deployedBytecode?: string;
    };
    hash.update(path);
    for (const code of [artifact.bytecode, artifact.deployedBytecode])
      hash.update(withoutMetadata(code ?? ""));
  }
  return hash.digest("hex");
}

/** Tries one mutant in a scratch copy that is otherwise unchanged, and puts its file back. */
export async function tryMutant(
  folder: string,
  mutant: Mutant,
  originalCode: string,
  tests: ConcernedTests,
): Promise<Verdict> {
  const file = join(folder, mutant.path);
  const original = readFileSync(file, "utf8");
  writeFileSync(file, applyMutant(original, mutant));
  try {
    const built = await hardhat(folder, ["build", "--quiet", "--no-tests"]);
    if (!built.passed) {
      if (/Compilation failed/.test(built.output)) return { status: "uncompilable" };
      throw new Error(built.output);
    }
    if (codeOf(folder) === originalCode) return { status: "equivalent" };
    for (const files of batches(tests)) {
      const { passed, timedOut } = await runTests(folder, files);
      if (!passed) return { status: "killed", by: timedOut ? "time" : files.join(" ") };
    }
    return { status: "survived" };
  } finally {
    writeFileSync(file, original);
  }
}

/** Whether all tests pass on the contracts as they are. */
export async function passesUnchanged(
  folder: string,
  files: readonly string[],
): Promise<{ readonly passed: boolean; readonly output: string }> {
  for (const batch of batches({ own: files, dependents: [] })) {
    const run = await runTests(folder, batch);
    if (!run.passed) return run;
  }
  return { passed: true, output: "" };
}

/** Mocha's files before Solidity's, the contract's own before the others: what is asked first kills most. */
function batches({ own, dependents }: ConcernedTests): readonly (readonly string[])[] {
  return [own, dependents]
    .flatMap((files) => [
      files.filter((file) => file.endsWith(".ts")),
      files.filter((file) => file.endsWith(".sol")),
    ])
    .filter((files) => files.length > 0);
}

async function runTests(folder: string, files: readonly string[]): Promise<Run> {
  const solidity = files[0]?.endsWith(".sol") === true;
  return await hardhat(folder, [
    "test",
    ...(solidity ? ["solidity"] : ["mocha", "--bail", "--no-compile"]),
    ...files,
  ]);
}

type Run = { readonly passed: boolean; readonly timedOut: boolean; readonly output: string };

/** Runs Hardhat in a copy of the repository. */
export async function hardhat(folder: string, args: readonly string[]): Promise<Run> {
  return await new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      [join(ROOT, "node_modules/hardhat/dist/src/cli.js"), ...args],
      {
        cwd: folder,
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, HARDHAT_DISABLE_TELEMETRY: "true", NO_COLOR: "1" },
        timeout: TEST_LIMIT_MS,
        killSignal: "SIGKILL",
      },
    );
    let output = "";
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-8_000);
    };
    child.stdout.on("data", keep);
    child.stderr.on("data", keep);
    child.on("close", (code, signal) => {
      resolve({ passed: code === 0, timedOut: signal === "SIGKILL", output });
    });
  });
}

/** Code ends with a CBOR map and its length in two bytes; placeholders of libraries may stand before it. */
function withoutMetadata(code: string): string {
  const length = Number.parseInt(code.slice(-4), 16);
  return Number.isNaN(length) ? code : code.slice(0, -4 - 2 * length);
}
