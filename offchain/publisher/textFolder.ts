import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hex, TextFile, TextSource } from "@vouch/protocol";
import { bytesToHex } from "@vouch/protocol";
import { z } from "zod";
import { PublisherError } from "./errors.ts";

/** A text release's files, by path in its folder. */
export type TextFiles = ReadonlyMap<string, Uint8Array>;
/** A source that is files, which anybody can check. */
export type FileSource = Extract<TextSource, { readonly kind: "files" }>;
type Dtype = FileSource["dtype"];

/** What a publisher may say of a folder; the rest is read from it. */
export type FolderOptions = {
  readonly dtype?: Dtype;
  /** Tokens that prompt and answer have room for together; by default what `config.json` says. */
  readonly context?: number;
};

const SUFFIXES: Readonly<Record<Dtype, string>> = {
  fp32: "",
  fp16: "_fp16",
  q8: "_quantized",
  int8: "_int8",
  uint8: "_uint8",
  q4: "_q4",
  q4f16: "_q4f16",
  bnb4: "_bnb4",
};
/** Forms of weights that a folder may hold, by the names of `@huggingface/transformers`. */
export const TEXT_DTYPES: readonly Dtype[] = Object.keys(SUFFIXES) as Dtype[]; // a record has every one

const TEMPLATE = "chat_template.jinja";
const TOKENIZER_CONFIG = "tokenizer_config.json";

const configSchema = z.object({
  max_position_embeddings: z.int().positive().optional(),
  n_positions: z.int().positive().optional(),
});
const tokenizerConfigSchema = z.object({
  chat_template: z
    .union([z.string(), z.array(z.object({ name: z.string(), template: z.string() }))])
    .nullish(),
});

/** Returns the path of the weights in a folder that `@huggingface/transformers` reads. */
export function weightsPath(dtype: Dtype): string {
  return `onnx/model${SUFFIXES[dtype]}.onnx`;
}

/** Returns the paths of the files that hold what does not fit the weights' own file. */
export function externalPaths({ dtype, model }: Pick<FileSource, "dtype" | "model">): string[] {
  return model.map(({ path }) => path).filter((it) => it.startsWith(`${weightsPath(dtype)}_data`));
}

/**
 * Reads and hashes the files of a model folder, in the layout that `@huggingface/transformers` loads: `config.json`,
 * `tokenizer.json`, `tokenizer_config.json`, `onnx/model*.onnx`, perhaps `generation_config.json` and
 * `chat_template.jinja`.
 *
 * @throws {PublisherError} `FILE_MISSING`, `FILE_UNREADABLE`, `BUNDLE_MALFORMED`, `CONTEXT_UNKNOWN`.
 */
export async function describeTextFolder(
  folder: string,
  { dtype = "fp32", context }: FolderOptions = {},
): Promise<FileSource> {
  const weights = weightsPath(dtype);
  const external = [
    `${weights}_data`,
    ...Array.from({ length: 99 }, (_, i) => `${weights}_data_${i + 1}`),
  ];
  const optional = ["generation_config.json", ...external].filter((it) =>
    existsSync(join(folder, it)),
  );
  const config = await readTextFile(folder, "config.json");
  const tokenizerConfig = await readTextFile(folder, TOKENIZER_CONFIG);
  return {
    kind: "files",
    model: await describeFiles(folder, ["config.json", weights, ...optional]),
    tokenizer: await describeFiles(folder, ["tokenizer.json", TOKENIZER_CONFIG]),
    chatTemplate: await describeTemplate(folder, tokenizerConfig),
    dtype,
    context: context ?? contextOf(join(folder, "config.json"), config),
  };
}

/**
 * Reads every file of a release from its folder, and demands that each is the release's. What runs a model is to be given
 * these bytes, not the folder: files may change after they were checked.
 *
 * @throws {PublisherError} `FILE_MISSING`, `FILE_UNREADABLE`, `FILE_MISMATCH`.
 */
export async function readTextFiles(folder: string, source: FileSource): Promise<TextFiles> {
  const files = new Map<string, Uint8Array>();
  for (const { path, sha256 } of [...source.model, ...source.tokenizer]) {
    const bytes = await readTextFile(folder, path);
    requireHash(join(folder, path), sha256, hashOf(bytes));
    files.set(path, bytes);
  }
  const template = source.chatTemplate;
  if (template !== null) {
    const bytes = files.get(template.path) ?? (await readTextFile(folder, template.path));
    files.set(template.path, bytes);
    const text = chatTemplateOf(files, source) ?? "";
    requireHash(join(folder, template.path), template.sha256, hashOf(Buffer.from(text)));
  }
  return files;
}

/**
 * Returns the chat template among a release's files; undefined where it has none.
 *
 * @throws {PublisherError} `BUNDLE_MALFORMED`.
 */
export function chatTemplateOf(files: TextFiles, { chatTemplate }: FileSource): string | undefined {
  if (chatTemplate === null) return undefined;
  const bytes = files.get(chatTemplate.path) ?? new Uint8Array();
  if (chatTemplate.path !== TOKENIZER_CONFIG) return new TextDecoder().decode(bytes);
  return templateIn(chatTemplate.path, bytes);
}

async function describeFiles(folder: string, paths: readonly string[]): Promise<TextFile[]> {
  const files: TextFile[] = [];
  for (const path of paths) {
    const bytes = await readTextFile(folder, path); // one at a time: weights may fill the memory
    files.push({ path, bytes: bytes.byteLength, sha256: hashOf(bytes) });
  }
  return files;
}

async function describeTemplate(
  folder: string,
  tokenizerConfig: Uint8Array,
): Promise<FileSource["chatTemplate"]> {
  if (existsSync(join(folder, TEMPLATE)))
    return { path: TEMPLATE, sha256: hashOf(await readTextFile(folder, TEMPLATE)) };
  const text = templateIn(join(folder, TOKENIZER_CONFIG), tokenizerConfig);
  return text === undefined ? null : { path: TOKENIZER_CONFIG, sha256: hashOf(Buffer.from(text)) };
}

/** Where a model has several templates, the one named `default` is for conversations. */
function templateIn(path: string, tokenizerConfig: Uint8Array): string | undefined {
  const { chat_template: found } = parseJson(path, tokenizerConfig, tokenizerConfigSchema);
  if (typeof found === "string") return found;
  return found?.find(({ name }) => name === "default")?.template;
}

function contextOf(path: string, config: Uint8Array): number {
  const { max_position_embeddings, n_positions } = parseJson(path, config, configSchema);
  const context = max_position_embeddings ?? n_positions;
  if (context === undefined) throw new PublisherError({ code: "CONTEXT_UNKNOWN", path });
  return context;
}

async function readTextFile(folder: string, name: string): Promise<Uint8Array> {
  const path = join(folder, name);
  if (!existsSync(path)) throw new PublisherError({ code: "FILE_MISSING", path });
  try {
    return await readFile(path);
  } catch (cause) {
    throw new PublisherError({ code: "FILE_UNREADABLE", path }, { cause });
  }
}

function parseJson<T>(path: string, bytes: Uint8Array, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
    throw new PublisherError({ code: "BUNDLE_MALFORMED", path, reason }, { cause });
  }
}

function hashOf(bytes: Uint8Array): Hex {
  return bytesToHex(createHash("sha256").update(bytes).digest());
}

function requireHash(path: string, registered: Hex, derived: Hex): void {
  if (registered !== derived)
    throw new PublisherError({ code: "FILE_MISMATCH", path, registered, derived });
}
