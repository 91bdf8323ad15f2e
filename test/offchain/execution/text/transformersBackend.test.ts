import { execFile } from "node:child_process";
import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TextDelta, TransformersBackend } from "@vouch/execution";
import { openTransformersBackend, wholeAnswer } from "@vouch/execution";
import type { Generation, TextRequest } from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import { prepareTextRelease, routedTextRelease } from "@vouch/publisher";
import { expect } from "chai";
import {
  CHAR_GPT,
  TEXT_PLAN,
  charGptCopy,
  charGptRelease,
  continuation,
} from "../../../helpers/charGpt.ts";
import { codeOf, codeOfPromise } from "../../../helpers/codeOf.ts";
import { moveWeightsOut } from "../../../helpers/externalWeights.ts";

type Samples = {
  readonly samples: readonly { readonly prompt: string; readonly completion: string }[];
};
const { samples } = JSON.parse(readFileSync(join(CHAR_GPT, "samples.json"), "utf8")) as Samples;
const WARM = { temperature: 0.9, topP: 0.95, seed: 2026, maxTokens: 80 };
const PROMPT = "\nKING:\nMy lord, ";

describe("openTransformersBackend", () => {
  let backend: TransformersBackend;
  let release: TextRelease;

  const generate = (request: TextRequest, of: TextRelease = release): Promise<Generation> =>
    wholeAnswer(backend.generate(of, request));
  const refusal = (request: TextRequest, of: TextRelease = release): Promise<string | undefined> =>
    codeOfPromise(generate(request, of));

  before(async () => {
    backend = await openTransformersBackend();
    release = await charGptRelease();
  });

  after(() => backend.close());

  it("names itself, and proves weights", () => {
    expect(backend.name).to.match(/^transformers\.js\/\d+\.\d+\.\d+$/);
    expect(backend.proves).to.equal("weights");
  });

  describe("given a greedy request", () => {
    it("continues as the trained model does: all samples of models/char-gpt", async () => {
      for (const { prompt, completion } of samples)
        expect(await generate(continuation(prompt))).to.deep.equal({
          text: completion,
          toolCalls: [],
          finish: "length",
          promptTokens: prompt.length,
          completionTokens: completion.length,
        });
    });

    it("gives the same text whatever its seed", async () => {
      const [a, b] = [
        await generate(continuation(PROMPT, { seed: 1 })),
        await generate(continuation(PROMPT)),
      ];
      expect(a).to.deep.equal(b);
    });

    it("repeats itself less where that is penalized", async () => {
      const plain = await generate(continuation(PROMPT));
      const penalized = await generate(continuation(PROMPT, { frequencyPenalty: 1 }));
      expect(new Set(penalized.text).size).to.be.greaterThan(new Set(plain.text).size);
    });
  });

  describe("given a seed", () => {
    it("gives the same text for the same seed, and another for another", async () => {
      const first = await generate(continuation(PROMPT, WARM));
      expect(await generate(continuation(PROMPT, WARM))).to.deep.equal(first);
      const other = await generate(continuation(PROMPT, { ...WARM, seed: 2027 }));
      expect(other.text).to.not.equal(first.text);
    });

    it("gives the same text among other generations that draw at the same time", async () => {
      const alone = await generate(continuation(PROMPT, WARM));
      const seeds = [1, 2026, 3];
      const together = await Promise.all(
        seeds.map((seed) => generate(continuation(PROMPT, { ...WARM, seed }))),
      );
      expect(together[1]).to.deep.equal(alone);
    });

    it("gives the same text in other processes, with one thread and with two", async () => {
      const request = continuation(PROMPT, WARM);
      const here = await generate(request);
      for (const threads of [1, 2])
        expect(await generateApart(request, { threads }), String(threads)).to.deep.equal(here);
    });

    it("takes the most likely token only where top-k is one", async () => {
      const greedy = await generate(continuation(PROMPT));
      expect(await generate(continuation(PROMPT, { temperature: 2, topK: 1 }))).to.deep.equal(
        greedy,
      );
    });
  });

  describe("as it streams", () => {
    it("shows pieces that join to the whole", async () => {
      const deltas: TextDelta[] = [];
      for await (const delta of backend.generate(release, continuation(PROMPT, WARM)))
        deltas.push(delta);
      const last = deltas.pop();
      expect(deltas.length).to.be.greaterThan(40);
      expect(last?.kind === "end" && last.generation.text).to.equal(
        deltas.map((it) => (it.kind === "text" ? it.text : "")).join(""),
      );
    });

    it("stops generating when nobody reads any more, and serves the next", async () => {
      for await (const delta of backend.generate(release, continuation(PROMPT, { maxTokens: 100 })))
        if (delta.kind === "text") break;
      expect((await generate(continuation(PROMPT, { maxTokens: 3 }))).completionTokens).to.equal(3);
    });

    it("throws GENERATION_ABORTED when it is aborted, and serves the next", async () => {
      const abort = new AbortController();
      let seen = 0;
      const read = async (): Promise<void> => {
        const deltas = backend.generate(
          release,
          continuation(PROMPT, { maxTokens: 100 }),
          abort.signal,
        );
        for await (const delta of deltas) if (delta.kind === "text" && ++seen === 3) abort.abort();
      };
      expect(await codeOfPromise(read())).to.equal("GENERATION_ABORTED");
      expect(seen).to.equal(3);
      expect((await generate(continuation(PROMPT, { maxTokens: 3 }))).completionTokens).to.equal(3);
    });

    it("throws GENERATION_ABORTED while it waits for its turn", async () => {
      const first = backend.generate(release, continuation(PROMPT));
      await first.next(); // its generation holds the model now
      const abort = new AbortController();
      const second = wholeAnswer(backend.generate(release, continuation(PROMPT), abort.signal));
      abort.abort();
      expect(await codeOfPromise(second)).to.equal("GENERATION_ABORTED");
      await first.return();
    });
  });

  describe("at the end of an answer", () => {
    it("stops before a stop text, and says so", async () => {
      const whole = await generate(continuation(samples[0]!.prompt));
      const stopped = await generate(
        continuation(samples[0]!.prompt, { stop: ["state,", "never"] }),
      );
      expect(stopped.text).to.equal(whole.text.slice(0, whole.text.indexOf("state,")));
      expect(stopped.finish).to.equal("stop");
      expect(stopped.completionTokens).to.equal(stopped.text.length + "state,".length);
    });

    it("stops with length where the context ends, and not before", async () => {
      const { finish, completionTokens } = await generate(continuation(PROMPT, { maxTokens: 500 }));
      expect({ finish, completionTokens }).to.deep.equal({
        finish: "length",
        completionTokens: 128 - PROMPT.length,
      });
      const last = await generate(continuation("x".repeat(127)));
      expect(last.completionTokens).to.equal(1);
    });

    it("stops with stop at a token that the release names as an end", async () => {
      const folder = charGptCopy();
      const newline = { do_sample: false, eos_token_id: [0] };
      writeFileSync(join(folder, "generation_config.json"), JSON.stringify(newline));
      const { text, finish } = await generate(
        continuation(samples[0]!.prompt),
        await charGptRelease(folder),
      );
      expect({ text, finish }).to.deep.equal({
        text: "to the court of the state,",
        finish: "stop",
      });
    });
  });

  describe("given a conversation", () => {
    it("renders it by the release's template", async () => {
      const chat = await generate(
        continuation([
          { role: "system", content: "Be brief." },
          { role: "user", content: "Who are you?" },
        ]),
      );
      const text = "Be brief.\n\nUSER:\nWho are you?\n\nASSISTANT:\n";
      expect(chat).to.deep.equal(await generate(continuation(text)));
    });

    it("gives the template no clock", async () => {
      const folder = charGptCopy();
      const dated = "{{ strftime_now('%S%f') if strftime_now is defined else 'undated' }}";
      writeFileSync(join(folder, "chat_template.jinja"), dated);
      const chat = continuation([{ role: "user", content: "Hello" }]);
      const answer = await generate(chat, await charGptRelease(folder));
      expect(answer).to.deep.equal(await generate(continuation("undated")));
    });

    it("throws CHAT_TEMPLATE_MISSING where the release has none", async () => {
      const folder = charGptCopy();
      rmSync(join(folder, "chat_template.jinja"));
      const chat = continuation([{ role: "user", content: "Hello" }]);
      expect(await refusal(chat, await charGptRelease(folder))).to.equal("CHAT_TEMPLATE_MISSING");
    });

    it("throws CHAT_TEMPLATE_FAILED where the template refuses", async () => {
      const folder = charGptCopy();
      writeFileSync(join(folder, "chat_template.jinja"), "{{ raise_exception('no') }}");
      const chat = continuation([{ role: "user", content: "Hello" }]);
      expect(await refusal(chat, await charGptRelease(folder))).to.equal("CHAT_TEMPLATE_FAILED");
    });
  });

  describe("refuses", () => {
    const plain = continuation(PROMPT);
    const tool = { name: "weather" };
    const call = { id: "1", name: "weather", arguments: "{}" };
    for (const [what, request] of [
      ["tools", { ...plain, tools: [tool] }],
      ["a tool that must be called", { ...plain, toolChoice: "required" }],
      ["a tool that is named", { ...plain, toolChoice: tool }],
      ["JSON", continuation(PROMPT, { responseFormat: { type: "jsonObject" } })],
      ["calls in the past", continuation([{ role: "assistant", content: "", toolCalls: [call] }])],
      ["a tool's answer", continuation([{ role: "tool", content: "", toolCallId: "1" }])],
    ] satisfies readonly (readonly [string, TextRequest])[]) {
      it(`${what}: UNSUPPORTED_PARAMETER`, async () => {
        expect(await refusal(request)).to.equal("UNSUPPORTED_PARAMETER");
      });
    }

    it("a prompt that leaves no room: PROMPT_TOO_LONG", async () => {
      expect(await refusal(continuation("x".repeat(128)))).to.equal("PROMPT_TOO_LONG");
    });

    it("nothing to continue: PROMPT_EMPTY", async () => {
      expect(await refusal(continuation(""))).to.equal("PROMPT_EMPTY");
    });

    it("a model that somebody else serves: FILES_ABSENT", async () => {
      const routed = routedTextRelease(TEXT_PLAN, { provider: "api.example.org", model: "large" });
      expect(await refusal(plain, routed)).to.equal("FILES_ABSENT");
    });

    for (const file of [
      "onnx/model.onnx",
      "config.json",
      "tokenizer.json",
      "chat_template.jinja",
    ]) {
      it(`a ${file} that is not the release's: FILE_MISMATCH, and serves it once mended`, async () => {
        const folder = charGptCopy();
        const good = readFileSync(join(folder, file));
        const poisoned = { ...(await charGptRelease(folder)), folder };
        // Releases are cached by id: this one must not be the one that the other tests loaded.
        const own = await openTransformersBackend();
        appendFileSync(join(folder, file), " ");
        const ask = (): Promise<unknown> => wholeAnswer(own.generate(poisoned, plain));
        expect(await codeOfPromise(ask())).to.equal("FILE_MISMATCH");
        writeFileSync(join(folder, file), good);
        expect(await codeOfPromise(ask())).to.be.undefined;
        await own.close();
      });
    }

    it("files that are another manifest's than the release's: MANIFEST_MISMATCH", async () => {
      const folder = charGptCopy();
      appendFileSync(join(folder, "onnx/model.onnx"), " ");
      const { manifest } = await charGptRelease(folder);
      const own = await openTransformersBackend();
      const poisoned = own.generate({ ...release, manifest, folder }, plain);
      expect(await codeOfPromise(wholeAnswer(poisoned))).to.equal("MANIFEST_MISMATCH");
    });

    it("a model that fails as it runs, here behind the positions that it has: GENERATION_FAILED", async () => {
      const wrong = await prepareTextRelease(CHAR_GPT, { ...TEXT_PLAN, context: 4096 });
      expect(await refusal(continuation("x".repeat(130)), wrong)).to.equal("GENERATION_FAILED");
    });

    it("files that are the release's and do not load: TEXT_MODEL_UNLOADABLE", async () => {
      const folder = charGptCopy();
      writeFileSync(join(folder, "onnx/model.onnx"), "no model");
      expect(await refusal(plain, await charGptRelease(folder))).to.equal("TEXT_MODEL_UNLOADABLE");
    });
  });

  it("runs weights that are in a file of their own, and refuses another such file", async () => {
    const folder = charGptCopy();
    moveWeightsOut(join(folder, "onnx"));
    const apart = await charGptRelease(folder);
    const { source } = apart.manifest;
    const paths = source.kind === "files" ? source.model.map(({ path }) => path) : [];
    expect(paths).to.include("onnx/model.onnx_data");
    const answer = await generate(continuation(PROMPT), apart);
    expect(answer).to.deep.equal(await generate(continuation(PROMPT)));

    const own = await openTransformersBackend();
    appendFileSync(join(folder, "onnx/model.onnx_data"), " ");
    const asked = wholeAnswer(own.generate(apart, continuation(PROMPT)));
    expect(await codeOfPromise(asked)).to.equal("FILE_MISMATCH");
  });

  it("refuses weights that lie in its working folder and are no file of the release", async () => {
    const folder = charGptCopy();
    moveWeightsOut(join(folder, "onnx"));
    renameSync(join(folder, "onnx/model.onnx_data"), join(folder, "model.onnx_data"));
    const outcome = await generateApart(continuation(PROMPT), { folder, cwd: folder });
    expect(outcome).to.deep.equal({ code: "TEXT_MODEL_UNLOADABLE" });
  });

  describe("within a budget of memory", () => {
    it("puts models out and loads them again, and mixes no answers up", async () => {
      const folder = charGptCopy();
      appendFileSync(join(folder, "config.json"), "\n");
      const other = await charGptRelease(folder);
      const small = await openTransformersBackend({ cacheBytes: 900_000 });
      const expected = await generate(continuation(PROMPT, WARM));
      const answers = await Promise.all(
        [release, other, release, other].map((it) =>
          wholeAnswer(small.generate(it, continuation(PROMPT, WARM))),
        ),
      );
      for (const answer of answers) expect(answer).to.deep.equal(expected);
      await small.close();
    });

    it("refuses a model that is larger: TEXT_MODEL_TOO_LARGE", async () => {
      const tiny = await openTransformersBackend({ cacheBytes: 1000 });
      const asked = wholeAnswer(tiny.generate(release, continuation(PROMPT)));
      expect(await codeOfPromise(asked)).to.equal("TEXT_MODEL_TOO_LARGE");
    });

    it("refuses one whose files fit and whose cache does not, before it is asked to answer", async () => {
      const tight = await openTransformersBackend({ cacheBytes: 600_000 });
      const demand = (): void => {
        tight.requireRoom(release);
      };
      expect(codeOf(demand)).to.equal("TEXT_MODEL_TOO_LARGE");
      backend.requireRoom(release);
    });

    it("makes a load by the attempt that it is given", async () => {
      const tried: string[] = [];
      const own = await openTransformersBackend(
        {},
        {
          attempt(id, work) {
            tried.push(id);
            return work();
          },
        },
      );
      const [first] = await Promise.all(
        [1, 2].map(() => wholeAnswer(own.generate(release, continuation(PROMPT)))),
      );
      expect(first).to.deep.equal(await generate(continuation(PROMPT)));
      expect(tried).to.deep.equal([release.id]);
      await own.close();
    });
  });
});

/** Returns the answer, or the code of the refusal, of a process of its own. */
async function generateApart(
  request: TextRequest,
  { threads = 1, folder = CHAR_GPT, cwd = process.cwd() },
): Promise<unknown> {
  const script = join(import.meta.dirname, "../../../helpers/generateApart.ts");
  const args = [script, JSON.stringify(request), String(threads), folder];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  return JSON.parse(stdout);
}
