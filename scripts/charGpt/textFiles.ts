/** What a library for text generation reads beside the ONNX file, by path in the model's folder. */
export function textFiles(vocab: readonly string[], context: number): ReadonlyMap<string, string> {
  return new Map([
    ["config.json", json(configOf(vocab.length, context))],
    ["generation_config.json", json({ do_sample: false })],
    ["tokenizer.json", json(tokenizerOf(vocab))],
    ["tokenizer_config.json", json(tokenizerConfigOf(context))],
    ["chat_template.jinja", CHAT_TEMPLATE],
  ]);
}

/** Speeches as the plays print them: a name in capitals, a colon, and an empty line behind. */
const CHAT_TEMPLATE = [
  "{%- for message in messages -%}",
  '{%- if message.role != "system" -%}',
  '{{ message.role | upper + ":\\n" }}',
  "{%- endif -%}",
  '{{ message.content + "\\n\\n" }}',
  "{%- endfor -%}",
  "{%- if add_generation_prompt -%}",
  '{{ "ASSISTANT:\\n" }}',
  "{%- endif -%}",
  "",
].join("\n");

/** `gpt2` names the form of the caches: one key and one value a layer. No weight of GPT-2 is in here. */
function configOf(vocabSize: number, context: number): object {
  return {
    model_type: "gpt2",
    architectures: ["GPT2LMHeadModel"],
    n_layer: 2,
    n_head: 4,
    n_embd: 64,
    n_positions: context,
    max_position_embeddings: context,
    vocab_size: vocabSize,
  };
}

/** One token a character: byte-pair encoding that merges nothing. What the plays do not contain is read as a space. */
function tokenizerOf(vocab: readonly string[]): object {
  const unknown = `[^${vocab.map(escaped).join("")}]`;
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: { type: "Replace", pattern: { Regex: unknown }, content: " " },
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: "Fuse" },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocab.map((character, index) => [character, index])),
      merges: [],
    },
  };
}

function tokenizerConfigOf(context: number): object {
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    clean_up_tokenization_spaces: false,
    model_max_length: context,
  };
}

/** What has a meaning of its own between the brackets of a regular expression. */
function escaped(character: string): string {
  return /[-\\\]^]/.test(character) ? `\\${character}` : character;
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
