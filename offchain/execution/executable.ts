import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { CompiledModel } from "@vouch/compiler";
import { COMPILER, emitIntegerOnnx } from "@vouch/compiler";
import type { Hex, ReleaseId, TensorEncoding } from "@vouch/protocol";
import { collect, sealPayload } from "@vouch/sealing/files";
import { z } from "zod";
import { residentBytes } from "./residentBytes.ts";
import { sha256Of } from "./sha256Of.ts";

/** A tensor of a release: its shape, of one request, and how it meets the chain. */
export type ExecutableTensor = {
  readonly shape: readonly number[];
  readonly encoding: TensorEncoding;
};

/** The integer form of a verified release as a file, with all that running it takes. */
export type Executable = {
  readonly release: ReleaseId;
  /** What was verified: the release's content id, by this version of the compiler. */
  readonly content: Hex;
  readonly compiler: string;
  readonly path: string;
  /** Of the file, in hex; of a sealed one, of what it holds. */
  readonly sha256: string;
  /** Opens the file, of a release that must not be on a disk in the clear. */
  readonly key?: Uint8Array | undefined;
  readonly fileBytes: number;
  /** Estimate of what a session of it takes, and of what one row of a batch takes while it runs. */
  readonly residentBytes: number;
  readonly rowBytes: number;
  readonly input: ExecutableTensor;
  readonly output: ExecutableTensor;
};

/** What `verifyRelease` found to be the registered release. */
export type VerifiedModel = {
  readonly release: ReleaseId;
  readonly content: Hex;
  readonly compiled: Pick<CompiledModel, "graph" | "input" | "output">;
  /** Seals the file, of a release that must not be on a disk in the clear: 32 secret bytes, the same for all who write it. */
  readonly key?: Uint8Array | undefined;
};

const bytes32 = z.string().regex(/^0x[0-9a-f]{64}$/);
const tensorSchema = z.object({
  shape: z.array(z.number().int().positive()),
  encoding: z.object({
    mode: z.enum(["public", "committed"]),
    elements: z.number().int().positive(),
    bits: z.number().int().min(1).max(253),
    signed: z.boolean(),
    fractionBits: z.number().int().min(0).max(255),
  }),
});
const recordSchema = z.object({
  format: z.literal("vouch.executable/1"),
  release: bytes32,
  content: bytes32,
  compiler: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  fileBytes: z.number().int().positive(),
  residentBytes: z.number().int().positive(),
  rowBytes: z.number().int().positive(),
  input: tensorSchema,
  output: tensorSchema,
});

/**
 * Writes the integer form of a release that was verified just now, and the record that says so, for `readExecutable`. The
 * record comes last, so that there is none without its file. Files are named by their hash: releases that differ in their
 * description only share one. With a key the file is sealed under it and nothing is recorded, not even a hash, which would tell whether
 * a guess at the weights is right.
 */
export async function writeExecutable(
  cache: string,
  { release, content, compiled, key }: VerifiedModel,
): Promise<Executable> {
  const { graph } = compiled;
  const onnx = emitIntegerOnnx(graph);
  const sha256 = sha256Of(onnx);
  const record: z.infer<typeof recordSchema> = {
    format: "vouch.executable/1",
    release,
    content,
    compiler: COMPILER,
    sha256,
    fileBytes: onnx.length,
    ...residentBytes(graph, onnx),
    input: { shape: [...graph.input.shape], encoding: { ...compiled.input } },
    output: { shape: [...graph.output.shape], encoding: { ...compiled.output } },
  };
  if (key !== undefined) {
    const path = join(cache, "executables", `${release}.sealed`);
    await writeWhole(path, await collect(sealPayload([onnx], key)));
    return { ...executableOf(cache, record), path, key };
  }
  const path = pathOfFile(cache, sha256);
  await writeWhole(path, onnx);
  await writeWhole(pathOfRecord(cache, release), `${JSON.stringify(record, null, 2)}\n`);
  return executableOf(cache, record);
}

/**
 * Returns what was verified of a release by this version of the compiler, or `undefined` where nothing was, or where record or
 * file are missing or cut short: then the release has to be verified again. Whoever can write to the cache can write here
 * too, as into the rest of it; that the file is the record's is checked whenever it is loaded, by `readVerified`.
 */
export async function readExecutable(
  cache: string,
  release: ReleaseId,
): Promise<Executable | undefined> {
  const path = pathOfRecord(cache, release);
  if (!existsSync(path)) return undefined;
  const parsed = recordSchema.safeParse(parseJson(await readFile(path, "utf8")));
  if (!parsed.success) return undefined;
  const { data } = parsed;
  if (data.release !== release || data.compiler !== COMPILER) return undefined;
  const executable = executableOf(cache, data);
  if (!existsSync(executable.path)) return undefined;
  const { size } = await stat(executable.path);
  return size === data.fileBytes ? executable : undefined;
}

function executableOf(cache: string, record: z.infer<typeof recordSchema>): Executable {
  return {
    release: record.release as ReleaseId,
    content: record.content as Hex,
    compiler: record.compiler,
    path: pathOfFile(cache, record.sha256),
    sha256: record.sha256,
    fileBytes: record.fileBytes,
    residentBytes: record.residentBytes,
    rowBytes: record.rowBytes,
    input: record.input,
    output: record.output,
  };
}

function pathOfFile(cache: string, sha256: string): string {
  return join(cache, "executables", `${sha256}.onnx`);
}

/** Each version of the compiler has records of its own. */
function pathOfRecord(cache: string, release: ReleaseId): string {
  return join(cache, "executables", COMPILER.replace(/[^\w.]+/g, "-"), `${release}.json`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // cut short, as by a crash: as good as missing
  }
}

async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  const part = `${path}.${randomBytes(6).toString("hex")}.part`;
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(part, content);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
