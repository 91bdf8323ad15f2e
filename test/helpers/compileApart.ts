/** Test only: compiles files in a process that may read this project alone. Files come as JSON, in base64; outcomes go out. */
import { spawnSync } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { compile } from "@vouch/compiler";

/** What became of a file: "compiled", or the code of the error; milliseconds, and the process's peak in MiB so far. */
export type Outcome = {
  readonly name: string;
  readonly code: string;
  readonly ms: number;
  readonly peak: number;
};

type Sent = {
  readonly sample: readonly number[];
  readonly files: readonly { readonly name: string; readonly file: string }[];
};

type Poisoned = { readonly name: string; readonly file: Uint8Array };

/** Of the credit model's release; written out, for what has them loads onnxruntime, which that process may not. */
const CREDIT_OPTIONS = {
  name: "credit",
  input: { mode: "public", bits: 12, fractionBits: 8 },
  output: { mode: "public", bits: 32, fractionBits: 16 },
} as const;

const SCRIPT = fileURLToPath(import.meta.url);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

if (import.meta.main) {
  const { sample, files } = JSON.parse(await text(process.stdin)) as Sent;
  process.stdout.write(JSON.stringify(files.map((it) => outcomeOf(it, sample))));
}

/** Compiles each file with the credit model's encodings and one sample of its input, one after the other. */
export function compileApart(
  files: readonly Poisoned[],
  sample: readonly number[],
  heapMebibytes: number,
): readonly Outcome[] {
  const sent: Sent = {
    sample,
    files: files.map(({ name, file }) => ({ name, file: Buffer.from(file).toString("base64") })),
  };
  const input = JSON.stringify(sent);
  const args = ["--permission", `--allow-fs-read=${ROOT}`, `--max-old-space-size=${heapMebibytes}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args, SCRIPT], {
    ...{ input, encoding: "utf8", cwd: ROOT, maxBuffer: 2 ** 26 },
    env: { ...process.env, NODE_OPTIONS: "" }, // loaders of the runner read elsewhere
  });
  if (status !== 0) throw new Error(`the compiler's process ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as Outcome[];
}

function outcomeOf({ name, file }: Sent["files"][number], sample: readonly number[]): Outcome {
  const start = performance.now();
  const code = codeOfCompiling(Buffer.from(file, "base64"), sample);
  const peak = process.resourceUsage().maxRSS / 2 ** 10;
  return { name, code, ms: performance.now() - start, peak };
}

function codeOfCompiling(file: Uint8Array, sample: readonly number[]): string {
  try {
    compile(file, {
      ...CREDIT_OPTIONS,
      calibration: { samples: [sample] },
    });
    return "compiled";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}
