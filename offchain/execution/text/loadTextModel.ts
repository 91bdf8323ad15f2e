import { basename, join } from "node:path";
import type { PreTrainedModel, PreTrainedTokenizer, Tensor } from "@huggingface/transformers";
import type { ChatMessage } from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import { chatTemplateOf, externalPaths, readTextFiles, requireDescribed } from "@vouch/publisher";
import { ExecutionError } from "../errors.ts";
import type { Lock } from "./lock.ts";
import { createLock } from "./lock.ts";
import { openTransformers } from "./transformers.ts";

/** Called with the logits of the next token; the one that it returns is taken. */
export type Choose = (logits: Float32Array) => number;
/** Called with each token; generation ends where it returns true. */
export type OnToken = (token: number) => boolean;

/** A release in memory, for one generation at a time. */
export type TextModel = {
  readonly lock: Lock;
  readonly context: number;
  /** Tokens that end an answer. */
  readonly ends: ReadonlySet<number>;
  /** Returns tokens, with those that begin or end every text where `special` says so. */
  readonly encode: (text: string, special: boolean) => readonly number[];
  readonly decode: (tokens: readonly number[]) => string;
  /** Returns the text of a conversation up to where the model is to answer. */
  readonly render: (messages: readonly ChatMessage[]) => string;
  readonly run: (
    prompt: readonly number[],
    max: number,
    choose: Choose,
    on: OnToken,
  ) => Promise<void>;
  readonly isClosed: () => boolean;
  /** Frees the model once the generation that runs is over. */
  readonly close: () => Promise<void>;
};

/**
 * Where onnxruntime looks for weights that an ONNX file names and nobody handed over: below a file, where nothing can be.
 * It would take them from the working folder, and a release is all that was hashed.
 */
const NOWHERE = join(import.meta.filename, "nowhere");

/** Threads of one matrix product. */
export type LoadOptions = { readonly threads: number };

/**
 * Loads a release, from bytes that were hashed and are the release's.
 *
 * @throws {ExecutionError} `FILES_ABSENT`, `TEXT_MODEL_UNLOADABLE`; {PublisherError} what `requireDescribed` and
 * `readTextFiles` throw.
 */
export async function loadTextModel(
  { id, release, manifest, folder }: TextRelease,
  { threads }: LoadOptions,
): Promise<TextModel> {
  const { source } = manifest;
  if (source.kind !== "files" || folder === undefined)
    throw new ExecutionError({ code: "FILES_ABSENT", release: id });
  requireDescribed({ release, manifest });
  const files = await readTextFiles(folder, source);
  const template = chatTemplateOf(files, source);
  const { library, withFiles } = await openTransformers();
  const { AutoModelForCausalLM, AutoTokenizer } = library;
  const session = {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    extra: { session: { model_external_initializers_file_folder_path: NOWHERE } },
    externalData: externalPaths(source).map((path) => ({ path: basename(path), data: path })),
  };
  const [tokenizer, model] = await withFiles(files, async (name) => {
    const dtype = source.dtype;
    return [
      await AutoTokenizer.from_pretrained(name),
      await AutoModelForCausalLM.from_pretrained(name, {
        dtype,
        device: "cpu",
        session_options: session,
      }),
    ] as const;
  }).catch((cause: unknown) => {
    throw new ExecutionError({ code: "TEXT_MODEL_UNLOADABLE", release: id }, { cause });
  });

  const lock = createLock();
  let closed = false;
  return {
    lock,
    context: source.context,
    ends: endsOf(model),
    encode: (text, special) => tokenizer.encode(text, { add_special_tokens: special }),
    decode: (tokens) =>
      tokens.length === 0 ? "" : tokenizer.decode([...tokens], { skip_special_tokens: true }),
    render(messages) {
      if (template === undefined)
        throw new ExecutionError({ code: "CHAT_TEMPLATE_MISSING", release: id });
      try {
        return render(tokenizer, template, messages);
      } catch (cause) {
        throw new ExecutionError({ code: "CHAT_TEMPLATE_FAILED", release: id }, { cause });
      }
    },
    run: (prompt, max, choose, on) => run(library, model, { prompt, max, choose, on }),
    isClosed: () => closed,
    async close() {
      const done = await lock.acquire();
      if (!closed) await model.dispose();
      closed = true;
      done();
    },
  };
}

/** What the clock says is in no receipt. Templates that ask whether there is one have a fixed date instead. */
function withoutClock(template: string): string {
  return template.includes("strftime_now")
    ? `{% set strftime_now = undefined %}${template}`
    : template;
}

function render(
  tokenizer: PreTrainedTokenizer,
  template: string,
  messages: readonly ChatMessage[],
): string {
  const text: unknown = tokenizer.apply_chat_template(
    messages.map(({ role, content }) => ({ role, content })),
    { chat_template: withoutClock(template), add_generation_prompt: true, tokenize: false },
  );
  if (typeof text !== "string") throw new TypeError("a template gives a text");
  return text;
}

/** What one call of the library takes. */
type Run = {
  readonly prompt: readonly number[];
  readonly max: number;
  readonly choose: Choose;
  readonly on: OnToken;
};

/**
 * The library's own sampling is switched off: it draws from one generator for the whole process, and knows no top-p. What
 * else `generation_config.json` asks for, as suppressed tokens, is the release's and stays.
 */
async function run(
  {
    InterruptableStoppingCriteria,
    LogitsProcessorList,
    Tensor,
  }: Awaited<ReturnType<typeof openTransformers>>["library"],
  model: PreTrainedModel,
  { prompt, max, choose, on }: Run,
): Promise<void> {
  const stop = new InterruptableStoppingCriteria();
  const processors = new LogitsProcessorList();
  let isPrompt = true;
  const integers = (values: readonly number[]): Tensor =>
    new Tensor("int64", BigInt64Array.from(values.map(BigInt)), [1, values.length]);

  // The library calls what it is given here, and asks for nothing of its classes.
  processors.push(((_: unknown, logits: Tensor) => {
    const data = logits.data as Float32Array;
    const token = choose(data);
    data.fill(Number.NEGATIVE_INFINITY);
    data[token] = 0;
    return logits;
  }) as never);
  const streamer = {
    put(tokens: readonly (readonly bigint[])[]) {
      if (!isPrompt && on(Number(tokens[0]?.[0]))) stop.interrupt();
      isPrompt = false;
    },
    end: () => undefined,
  };
  await model.generate({
    inputs: integers(prompt),
    attention_mask: integers(prompt.map(() => 1)),
    max_new_tokens: max,
    do_sample: false,
    num_beams: 1,
    logits_processor: processors,
    stopping_criteria: stop,
    streamer: streamer as never,
  });
}

/** What the release's own files name as the end of an answer. */
function endsOf({ config, generation_config }: PreTrainedModel): ReadonlySet<number> {
  const { eos_token_id: own } = config as { readonly eos_token_id?: unknown };
  const found: unknown = generation_config?.eos_token_id ?? own ?? [];
  const list: readonly unknown[] = Array.isArray(found) ? found : [found];
  return new Set(list.filter((it) => typeof it === "number"));
}
