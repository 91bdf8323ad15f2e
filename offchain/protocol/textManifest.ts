import { keccak256, toUtf8Bytes } from "ethers";
import * as z from "zod";
import { canonicalJson } from "./canonicalJson.ts";
import { ProtocolError } from "./errors.ts";
import type { Hex } from "./hex.ts";
import { wellFormed } from "./wellFormed.ts";

const MAX_FILES = 64;
const MAX_NAME = 256;

const bytes32 = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/, "32 bytes in hex, lower case")
  .transform((value) => value as Hex);
const name = wellFormed(MAX_NAME).min(1);
/** Below the model's folder, without a hidden part: no path leaves it. */
const path = z
  .string()
  .max(MAX_NAME)
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/, "a relative path");
const files = z
  .array(z.object({ path, bytes: z.int().min(0), sha256: bytes32 }).readonly())
  .min(1)
  .max(MAX_FILES)
  .refine((list) => new Set(list.map((it) => it.path)).size === list.length, "each path once")
  .readonly();

/** Forms of the weights, by the names of `@huggingface/transformers`. */
const dtype = z.enum(["fp32", "fp16", "q8", "int8", "uint8", "q4", "q4f16", "bnb4"]);

const sourceSchema = z.discriminatedUnion("kind", [
  z
    .object({
      kind: z.literal("files"),
      /** Weights and what tells how they are run. */
      model: files,
      tokenizer: files,
      /** Hash of the template's text, and the file that holds it; `null` where the model knows no conversations. */
      chatTemplate: z.object({ path, sha256: bytes32 }).readonly().nullable(),
      dtype,
      /** Tokens that prompt and answer have room for together. */
      context: z.int().positive(),
    })
    .readonly(),
  /** A model that somebody else serves: its name there is all that is known of it. */
  z.object({ kind: z.literal("routed"), provider: name, model: name }).readonly(),
]);

/** See `TextManifest`. */
export const textManifestSchema = z
  .object({
    format: z.literal("vouch.textManifest/1"),
    model: name,
    version: name,
    source: sourceSchema,
    notice: z
      .string()
      .max(1 << 16)
      .optional(),
  })
  .readonly();

/** One file of a text release; SHA-256, because hubs list their files by it. */
export type TextFile = z.infer<typeof files>[number];
/** Where the text of a release comes from: files that anybody can check, or a server that is asked. */
export type TextSource = z.infer<typeof sourceSchema>;
/** What a release of a language model says in public beside its id. */
export type TextManifest = z.infer<typeof textManifestSchema>;

const NO_HASH: Hex = `0x${"00".repeat(32)}`;

/** @throws {ProtocolError} `MANIFEST_MALFORMED`, naming the first field that is wrong. */
export function parseTextManifest(json: unknown): TextManifest {
  const parsed = textManifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const reason = `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`;
  throw new ProtocolError({ code: "MANIFEST_MALFORMED", reason }, { cause: parsed.error });
}

/** Returns keccak256 of the manifest in canonical JSON: what its release commits to. */
export function textManifestHash(manifest: TextManifest): Hex {
  return hashOfJson(manifest);
}

/** Returns the content id of a text release: a hash of the hashes of its model's files, or of who serves it as what. */
export function textContentId(source: TextSource): Hex {
  if (source.kind === "files") return hashOfFiles(source.model);
  return hashOfJson({ provider: source.provider, model: source.model });
}

/** Returns the hash of the hashes of the tokenizer's files; zero where only the server knows them. */
export function tokenizerHash(source: TextSource): Hex {
  return source.kind === "files" ? hashOfFiles(source.tokenizer) : NO_HASH;
}

/** Returns SHA-256 of the chat template's text; zero where there is none, or only the server knows it. */
export function chatTemplateHash(source: TextSource): Hex {
  return source.kind === "files" ? (source.chatTemplate?.sha256 ?? NO_HASH) : NO_HASH;
}

function hashOfFiles(list: readonly TextFile[]): Hex {
  return hashOfJson(Object.fromEntries(list.map(({ path, sha256 }) => [path, sha256])));
}

function hashOfJson(value: unknown): Hex {
  return keccak256(toUtf8Bytes(canonicalJson(value))) as Hex;
}
