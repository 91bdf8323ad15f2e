// Text generation of models/char-gpt, beside the bare library on the same prompts in turns: tokens a second, time to the
// first token, and what loading a release costs with its files checked. Prints JSON.
//
//   npm run bench:text
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import {
  AutoModelForCausalLM,
  AutoTokenizer,
  Tensor,
  random as mersenne,
} from "@huggingface/transformers";
import { openTransformersBackend } from "@vouch/execution";
import type { TransformersBackend } from "@vouch/execution";
import { GREEDY, NO_FLOOR } from "@vouch/protocol";
import type { TextRequest } from "@vouch/protocol";
import { prepareTextRelease } from "@vouch/publisher";
import type { TextRelease } from "@vouch/publisher";
import type { TokenSampling } from "../offchain/execution/text/chooseToken.ts";
import { chooseToken } from "../offchain/execution/text/chooseToken.ts";

const FOLDER = join(import.meta.dirname, "../models/char-gpt");
const PROMPT = "\nKING HENRY:\nMy lord, ";
const TOKENS = 100;
const ROUNDS = 30;
const LOADS = 20;
const VOCABULARY = 151_936;
const CHOICES = 30;

type Timing = { readonly first: number; readonly tokensPerSecond: number };

const release = await prepareTextRelease(FOLDER, {
  model: "char-gpt",
  version: "bench",
  publisher: `0x${"00".repeat(20)}`,
  licence: "MIT",
  royaltyBps: 0,
  floor: NO_FLOOR,
});
const bare = await openBare();
const backend = await openTransformersBackend();
const greedy = requestOf({});
const drawn = requestOf({ temperature: 0.8, topP: 0.95 });

const rows: Record<"bare" | "greedy" | "drawn", Timing[]> = { bare: [], greedy: [], drawn: [] };
for (let round = -3; round < ROUNDS; round++) {
  const found = {
    bare: await bare(),
    greedy: await timed(backend, release, greedy),
    drawn: await timed(backend, release, drawn),
  };
  if (round >= 0)
    for (const name of ["bare", "greedy", "drawn"] as const) rows[name].push(found[name]);
}

console.log(
  JSON.stringify(
    {
      command: "npm run bench:text",
      backend: backend.name,
      tokens: TOKENS,
      rounds: ROUNDS,
      medians: Object.fromEntries(
        Object.entries(rows).map(([name, timings]) => [
          name,
          {
            firstTokenMs: rounded(median(timings.map((it) => it.first))),
            tokensPerSecond: Math.round(median(timings.map((it) => it.tokensPerSecond))),
          },
        ]),
      ),
      load: await timeLoads(),
      choice: timeChoice(),
    },
    null,
    2,
  ),
);
await backend.close();

function requestOf(sampling: Partial<TextRequest["sampling"]>): TextRequest {
  return {
    prompt: PROMPT,
    tools: [],
    toolChoice: "auto",
    sampling: { ...GREEDY, maxTokens: TOKENS, ...sampling },
  };
}

async function timed(
  { generate }: TransformersBackend,
  of: TextRelease,
  request: TextRequest,
): Promise<Timing> {
  const start = performance.now();
  let first: number | undefined;
  let tokens = 0;
  for await (const delta of generate(of, request)) {
    first ??= performance.now() - start;
    if (delta.kind === "end") tokens = delta.generation.completionTokens;
  }
  return timing(first ?? Number.NaN, tokens, performance.now() - start);
}

/** The library alone, with the settings that `openTransformersBackend` gives it, on files that nobody checked. */
async function openBare(): Promise<() => Promise<Timing>> {
  const tokenizer = await AutoTokenizer.from_pretrained(FOLDER);
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const model = await AutoModelForCausalLM.from_pretrained(FOLDER, {
    dtype: "fp32",
    session_options: options,
  });
  return async () => {
    const start = performance.now();
    const ids = tokenizer.encode(PROMPT);
    const integers = (values: readonly number[]): Tensor =>
      new Tensor("int64", BigInt64Array.from(values.map(BigInt)), [1, values.length]);
    const seen: number[] = [];
    const streamer = { put: () => seen.push(performance.now() - start), end: () => undefined };
    await model.generate({
      inputs: integers(ids),
      attention_mask: integers(ids.map(() => 1)),
      max_new_tokens: TOKENS,
      streamer: streamer as never,
    });
    const [, first = Number.NaN] = seen; // the first call is the prompt
    return timing(first, seen.length - 1, performance.now() - start);
  };
}

/** From nothing in memory to the first token: files read, hashed and loaded. */
async function timeLoads(): Promise<object> {
  const times: number[] = [];
  for (let i = 0; i < LOADS; i++) {
    const fresh = await openTransformersBackend();
    times.push((await timed(fresh, release, requestOf({ maxTokens: 1 }))).first);
    await fresh.close();
  }
  times.sort((a, b) => a - b);
  const p95 = times[Math.ceil(0.95 * LOADS) - 1] ?? Number.NaN;
  return { loads: LOADS, medianMs: rounded(median(times)), p95Ms: rounded(p95) };
}

/** One choice among as many tokens as large models know. */
function timeChoice(): object {
  const random = new mersenne.Random(1);
  const logits = Float32Array.from({ length: VOCABULARY }, () => random.gauss(0, 4));
  const ms = (sampling: TokenSampling): number => {
    const times = Array.from({ length: CHOICES }, () => {
      const start = performance.now();
      chooseToken(logits, [], sampling, () => random.random());
      return performance.now() - start;
    });
    return rounded(median(times));
  };
  const { sampling } = drawn;
  return { vocabulary: VOCABULARY, greedyMs: ms(greedy.sampling), drawnMs: ms(sampling) };
}

function timing(first: number, tokens: number, total: number): Timing {
  return { first, tokensPerSecond: (1000 * tokens) / total };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function rounded(value: number): number {
  return Math.round(10 * value) / 10;
}
