import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { contentId } from "@vouch/protocol";
import type { Hex } from "@vouch/protocol";
import { collectSources, LIBRARY_FOLDERS } from "./circomSources.ts";
import type { CircomSource } from "./circomSources.ts";
import { cachedFolder, hashFile } from "./contentCache.ts";
import { ProverError } from "./errors.ts";
import { checkAborted } from "./progress.ts";
import type { StepOptions } from "./progress.ts";
import { orientFactors } from "./r1cs/orientFactors.ts";
import { readR1csHeader } from "./r1csHeader.ts";
import { decodeInputLayout, encodeInputLayout, readInputLayout } from "./witness/inputLayout.ts";
import type { InputLayout } from "./witness/inputLayout.ts";

/** A compiled circuit: what a set-up and a witness are made from. */
export type CircuitArtefacts = {
  /** keccak256 of the `.r1cs` file. */
  readonly hash: Hex;
  /** Path of the `.r1cs` file. */
  readonly r1cs: string;
  /** Path of the witness calculator. */
  readonly wasm: string;
  readonly constraints: number;
  /** Wires, the constant included. */
  readonly wires: number;
  readonly publicSignals: number;
  readonly layout: InputLayout;
};

export type BuildOptions = StepOptions & {
  /** Root of the cache; created where it is missing. */
  readonly cache: string;
};

const CIRCOM_FLAGS = ["--r1cs", "--wasm", "--O2", "--sym", "--simplification_substitution"];
/** Part of every cache key: to be changed with the layout of a cached folder. */
const LAYOUT = "3";

/**
 * Compiles a main file with circom 2 (WASM), in a child process, and orients the factors of its constraints. The same source, templates and compiler give the same
 * `.r1cs`, byte for byte, on every machine.
 *
 * @throws {ProverError} `CIRCOM_FAILED` with the compiler's message, `INCLUDE_NOT_FOUND`, `ABORTED`.
 */
export async function buildCircuit(
  source: string,
  options: BuildOptions,
): Promise<CircuitArtefacts> {
  checkAborted(options.signal);
  const sources = await collectSources(source);
  const compiler = await locateCompiler();
  const key = createHash("sha256")
    .update(JSON.stringify([LAYOUT, compiler.version, CIRCOM_FLAGS, sources]))
    .digest("hex");
  return cachedFolder(join(options.cache, "circuits", key), {
    load,
    build: (folder) => compile(folder, sources, compiler.cli, options),
  });
}

async function locateCompiler(): Promise<{ readonly cli: string; readonly version: string }> {
  const manifest = createRequire(import.meta.url).resolve("circom2/package.json");
  const { version } = JSON.parse(await readFile(manifest, "utf8")) as { version: string };
  return { cli: join(dirname(manifest), "cli.js"), version };
}

async function compile(
  folder: string,
  sources: readonly CircomSource[],
  cli: string,
  { onProgress, signal }: BuildOptions,
): Promise<void> {
  onProgress?.("compile circuit");
  const workplace = join(folder, "build");
  for (const name of LIBRARY_FOLDERS) await mkdir(join(workplace, name), { recursive: true });
  for (const { path, text } of sources) {
    await mkdir(dirname(join(workplace, path)), { recursive: true });
    await writeFile(join(workplace, path), text);
  }

  const libraries = LIBRARY_FOLDERS.flatMap((name) => ["-l", name]);
  await runCompiler([cli, "main.circom", ...CIRCOM_FLAGS, ...libraries], workplace, signal);

  const r1cs = orientFactors(await readFile(join(workplace, "main.r1cs")));
  await writeFile(join(folder, "main.r1cs"), r1cs);
  await rename(join(workplace, "main_js", "main.wasm"), join(folder, "main.wasm"));
  const layout = await readInputLayout(
    r1cs,
    join(workplace, "main.sym"),
    join(workplace, "main_substitutions.json"),
  );
  await writeFile(join(folder, "inputs.json"), encodeInputLayout(layout));
  await rm(workplace, { recursive: true });
  const { constraints, wires, publicSignals } = readR1csHeader(r1cs);
  const record: CircuitRecord = {
    files: {
      "main.r1cs": await hashFile(join(folder, "main.r1cs"), "sha256"),
      "main.wasm": await hashFile(join(folder, "main.wasm"), "sha256"),
      "inputs.json": await hashFile(join(folder, "inputs.json"), "sha256"),
    },
    circuit: { hash: contentId(r1cs), constraints, wires, publicSignals },
  };
  await writeFile(join(folder, "circuit.json"), JSON.stringify(record, undefined, 2));
}

/** The WASI compiler sees files below its working folder only, hence all sources lie there. */
async function runCompiler(
  args: readonly string[],
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const env = { ...process.env };
  // A loader or an inspector of ours is none of the compiler's. Some set the pipes non-blocking: WASI fails where one is full.
  delete env["NODE_OPTIONS"];
  const options = { cwd, env, maxBuffer: 1 << 26, ...(signal === undefined ? {} : { signal }) };
  await promisify(execFile)(process.execPath, args, options).catch((error: unknown) => {
    checkAborted(signal);
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    const output = withoutColours(`${stdout ?? ""}${stderr ?? ""}`).trim() || String(error);
    throw new ProverError({ code: "CIRCOM_FAILED", output }, { cause: error });
  });
}

function withoutColours(text: string): string {
  // eslint-disable-next-line no-control-regex -- terminal colours begin with a control character
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}

type CircuitRecord = {
  readonly files: Readonly<Record<"main.r1cs" | "main.wasm" | "inputs.json", string>>;
  readonly circuit: Omit<CircuitArtefacts, "r1cs" | "wasm" | "layout">;
};

async function load(folder: string): Promise<CircuitArtefacts | undefined> {
  try {
    const json = await readFile(join(folder, "circuit.json"), "utf8");
    const { files, circuit } = JSON.parse(json) as CircuitRecord;
    for (const [name, hash] of Object.entries(files)) {
      if ((await hashFile(join(folder, name), "sha256")) !== hash) return undefined;
    }
    const layout = decodeInputLayout(await readFile(join(folder, "inputs.json"), "utf8"));
    return {
      ...circuit,
      r1cs: join(folder, "main.r1cs"),
      wasm: join(folder, "main.wasm"),
      layout,
    };
  } catch {
    return undefined; // absent or damaged: it is built again
  }
}
