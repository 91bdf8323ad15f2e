import type { TextRequest } from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import type { Attempt } from "../attempt.ts";
import { UNRECORDED } from "../attempt.ts";
import { ExecutionError } from "../errors.ts";
import { createChannel } from "./channel.ts";
import type { Draw } from "./chooseToken.ts";
import { chooseToken } from "./chooseToken.ts";
import { collectAnswer } from "./collectAnswer.ts";
import type { TextModel } from "./loadTextModel.ts";
import { createModelCache } from "./modelCache.ts";
import { requireSupported } from "./requireSupported.ts";
import type { TextBackend, TextDelta } from "./textBackend.ts";
import { openTransformers } from "./transformers.ts";

export type TransformersOptions = {
  /** Bytes that models may take together, by their estimates (`textBytes`); the least recently used go first. */
  readonly cacheBytes?: number;
  /** Threads of one generation. With one, no float depends on how many processors the machine has. */
  readonly threads?: number;
};

export type TransformersDeps = {
  /** Loads are done by it; `UNRECORDED` where absent. */
  readonly attempt?: Attempt;
};

/** Generates in this process. */
export type TransformersBackend = TextBackend & {
  /**
   * Demands that there is room for a release, before anything of it is read but its `config.json`.
   *
   * @throws {ExecutionError} `TEXT_MODEL_TOO_LARGE`.
   */
  readonly requireRoom: (release: TextRelease) => void;
  /** Waits for what runs. */
  readonly close: () => Promise<void>;
};

const DEFAULT_CACHE_BYTES = 2 ** 31;

/**
 * Opens a back end that runs text releases from their own files, each checked against the release before it is loaded.
 * Generations of one release wait for each other. The same request gives the same text: greedy, or drawn by MT19937 from
 * its seed (one draw a token, 53 bits, as Python's `random.Random(seed).random()`).
 *
 * Its `generate` throws {ExecutionError} `UNSUPPORTED_PARAMETER`, `PROMPT_EMPTY`, `PROMPT_TOO_LONG`, `FILES_ABSENT`,
 * `TEXT_MODEL_TOO_LARGE`, `RELEASE_ENDED_PROCESS`, `TEXT_MODEL_UNLOADABLE`, `CHAT_TEMPLATE_MISSING`, `CHAT_TEMPLATE_FAILED`, `GENERATION_FAILED`,
 * `GENERATION_ABORTED`; {PublisherError} `MANIFEST_MISMATCH`, `CONTENT_MISMATCH`, `CIRCUIT_MISMATCH`, `FILE_MISSING`,
 * `FILE_UNREADABLE`, `FILE_MISMATCH`.
 */
export async function openTransformersBackend(
  { cacheBytes = DEFAULT_CACHE_BYTES, threads = 1 }: TransformersOptions = {},
  { attempt = UNRECORDED }: TransformersDeps = {},
): Promise<TransformersBackend> {
  const { library } = await openTransformers();
  const name = `transformers.js/${library.env.version}`;
  const models = createModelCache({ cacheBytes, threads }, attempt);

  return {
    name,
    proves: "weights",
    async *generate(release, request, signal) {
      requireSupported(request, name);
      const { model, done } = await models.take(release, signal);
      try {
        const random = new library.random.Random(request.sampling.seed);
        yield* answer(model, release, request, { draw: () => random.random(), signal });
      } finally {
        done();
      }
    },
    requireRoom: models.requireRoom,
    close: models.close,
  };
}

type Run = { readonly draw: Draw; readonly signal: AbortSignal | undefined };

async function* answer(
  model: TextModel,
  { id }: TextRelease,
  { prompt: asked, sampling }: TextRequest,
  { draw, signal }: Run,
): AsyncGenerator<TextDelta, void, undefined> {
  const prompt = promptOf(model, asked);
  const channel = createChannel<TextDelta>();
  const collector = collectAnswer(model, sampling, (text) => {
    channel.push({ kind: "text", text });
  });
  const reader = new AbortController();
  const choose = (logits: Float32Array): number => {
    const token = chooseToken(logits, collector.tokens(), sampling, draw);
    if (token === undefined) throw new TypeError("the logits are not numbers");
    return token;
  };
  const isLeft = (): boolean => reader.signal.aborted || signal?.aborted === true;
  const max = Math.min(sampling.maxTokens, model.context - prompt.length);
  const running = model
    .run(prompt, max, choose, (token) => collector.push(token) || isLeft())
    .then(() => {
      const generation = collector.end(prompt.length);
      channel.push({ kind: "end", generation });
      channel.end();
    })
    .catch(channel.fail);

  try {
    for await (const delta of channel.values()) {
      signal?.throwIfAborted();
      yield delta;
    }
  } catch (cause) {
    const code = signal?.aborted === true ? "GENERATION_ABORTED" : "GENERATION_FAILED";
    throw new ExecutionError({ code, release: id }, { cause });
  } finally {
    reader.abort();
    await running; // the model is free only then
  }
}

/** Special tokens are the template's business where there is one. */
function promptOf(model: TextModel, asked: TextRequest["prompt"]): readonly number[] {
  const tokens =
    typeof asked === "string"
      ? model.encode(asked, true)
      : model.encode(model.render(asked), false);
  const { context } = model;
  if (tokens.length === 0) throw new ExecutionError({ code: "PROMPT_EMPTY" });
  if (tokens.length >= context)
    throw new ExecutionError({ code: "PROMPT_TOO_LONG", tokens: tokens.length, context });
  return tokens;
}
