import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TextRelease } from "@vouch/publisher";
import { z } from "zod";

/** Keys and values, each there twice while a token is generated: as they were, and with the token. */
const CACHE_COPIES = 2 * 2;
/** Forms of weights whose keys and values have 16 bits. */
const HALVES: ReadonlySet<string> = new Set(["fp16", "q4f16"]);

const count = z.number().int().positive().optional();
/** What `config.json` says of the attention, by the names of the families of decoders. */
const attentionSchema = z.object({
  num_hidden_layers: count,
  n_layer: count,
  num_key_value_heads: count.nullable(),
  num_attention_heads: count,
  n_head: count,
  head_dim: count.nullable(),
  hidden_size: count,
  n_embd: count,
});
const configSchema = z.union([
  z.object({ text_config: attentionSchema }).transform((it) => it.text_config),
  attentionSchema,
]);

/**
 * Estimates, in whole bytes, what a release of files takes in memory: its files, and the keys and values of a whole context, layers x heads x head size
 * x tokens, as its `config.json` has them. Of a model whose file does not say these it is the files alone. What is not counted: the
 * logits of a prompt, tokens x vocabulary, where the file gives those of each token.
 */
export function textBytes({ manifest: { source }, folder }: TextRelease): number {
  if (source.kind !== "files") return 0;
  const files = [...source.model, ...source.tokenizer].reduce((sum, it) => sum + it.bytes, 0);
  const bytes = HALVES.has(source.dtype) ? 2 : 4;
  const perToken = folder === undefined ? 0 : elementsPerToken(join(folder, "config.json"));
  return files + CACHE_COPIES * perToken * source.context * bytes;
}

/** Elements of the keys of one token in all layers; 0 where the file does not say. */
function elementsPerToken(path: string): number {
  const config = configSchema.safeParse(jsonOf(path)).data;
  if (config === undefined) return 0;
  const layers = config.num_hidden_layers ?? config.n_layer;
  const heads = config.num_attention_heads ?? config.n_head;
  const width = config.hidden_size ?? config.n_embd;
  if (layers === undefined || heads === undefined) return 0;
  const size = config.head_dim ?? (width === undefined ? 0 : Math.ceil(width / heads));
  return layers * (config.num_key_value_heads ?? heads) * size;
}

/** Whether it is the release's own is found out when it is loaded, and a missing one then, too. */
function jsonOf(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
