import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { OpenaiBackend } from "@vouch/execution";
import { createOpenaiBackend, wholeAnswer } from "@vouch/execution";
import type { Generation, TextRequest } from "@vouch/protocol";
import { GREEDY, NO_FLOOR } from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import { routedTextRelease } from "@vouch/publisher";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { temporaryFolder } from "../../helpers/executables.ts";
import { freePort } from "../../helpers/freePort.ts";

const python = process.env["VOUCH_LLAMACPP"];

const CONTINUED: TextRequest = {
  ...{ prompt: "Once upon", tools: [], toolChoice: "auto" },
  sampling: { ...GREEDY, maxTokens: 24 },
};
const CHAT: TextRequest = {
  ...CONTINUED,
  prompt: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Grüße mich." },
  ],
};

if (python === undefined) {
  process.stderr.write(
    "  NOT TRIED: the OpenAI back end against llama.cpp's own server; set VOUCH_LLAMACPP to a python that has xllamacpp and gguf\n",
  );
} else {
  describe("createOpenaiBackend, with a real llama.cpp", function () {
    this.timeout(60_000);

    let server: ChildProcess;
    let backend: OpenaiBackend;
    let release: TextRelease;

    before(async () => {
      const told = { model: join(temporaryFolder(), "drawn.gguf"), port: await freePort() };
      const script = join(import.meta.dirname, "../../helpers/llamacpp/serve.py");
      const child = spawn(python, [script, JSON.stringify(told)], {
        stdio: ["pipe", "pipe", "ignore"],
      });
      server = child;
      const host = `127.0.0.1:${told.port}`;
      backend = createOpenaiBackend({ url: `http://${host}/v1`, deadlineMs: 20_000 });
      const plan = {
        ...{ model: "drawn", version: "1", licence: "MIT", royaltyBps: 0, floor: NO_FLOOR },
        publisher: `0x${"ab".repeat(20)}`,
      } as const;
      release = routedTextRelease(plan, { provider: host, model: "drawn" });
      for await (const line of createInterface({ input: child.stdout }))
        if (line === "READY") return;
      throw new Error(
        "llama.cpp ended before it was ready: start test/helpers/llamacpp/serve.py by hand",
      );
    });
    after(async () => {
      if (server.exitCode !== null) return;
      const ended = once(server, "exit");
      server.stdin?.end();
      await ended;
    });

    const ask = (request: TextRequest): Promise<Generation> =>
      wholeAnswer(backend.generate(release, request));
    const sampled = (
      request: TextRequest,
      sampling: Partial<TextRequest["sampling"]>,
    ): TextRequest => ({ ...request, sampling: { ...request.sampling, ...sampling } });

    for (const [what, request, prompt] of [
      ["a text that is continued", CONTINUED, "Once upon"],
      ["a conversation", CHAT, "<system>Be brief.\n<user>Grüße mich.\n<assistant>"],
    ] as const)
      describe(`given ${what}`, () => {
        it("gives text, reason and counts, and the same at temperature 0", async () => {
          const first = await ask(request);
          expect(first).to.include({ finish: "length", completionTokens: 24 });
          expect(first.promptTokens).to.equal(tokensOf(prompt));
          expect(first.text).to.match(/^[ -~]{24}$/);
          expect(await ask(request)).to.deep.equal(first);
        });

        it("streams what it ends with", async () => {
          let [text, pieces] = ["", 0];
          for await (const delta of backend.generate(release, request))
            if (delta.kind === "end") expect(delta.generation.text).to.equal(text);
            else [text, pieces] = [text + delta.text, pieces + 1];
          expect(pieces).to.be.greaterThan(1);
        });

        it("draws by the seed", async () => {
          const drawn = (seed: number): Promise<Generation> =>
            ask(sampled(request, { temperature: 1, seed }));
          const { text } = await drawn(7);
          expect((await drawn(7)).text).to.equal(text);
          expect((await drawn(8)).text).to.not.equal(text);
        });

        it("ends before what it is to stop at", async () => {
          const { text } = await ask(request);
          const stop = text.slice(11, 14);
          const stopped = await ask(sampled(request, { stop: [stop] }));
          expect(stopped.finish).to.equal("stop");
          expect(stopped.text).to.equal(text.slice(0, text.indexOf(stop)));
        });

        it("stops where the caller does", async () => {
          const controller = new AbortController();
          const long = sampled(request, { maxTokens: 900 });
          const read = async (): Promise<void> => {
            for await (const delta of backend.generate(release, long, controller.signal))
              if (delta.kind === "text") controller.abort();
          };
          expect(await codeOfPromise(read())).to.equal("GENERATION_ABORTED");
        });
      });

    it("refuses a prompt without room, by the server's word", async () => {
      const long = { ...CONTINUED, prompt: "x".repeat(5_000) };
      expect(await codeOfPromise(ask(long))).to.equal("BACKEND_REFUSED");
    });

    it("holds an answer to a schema", async () => {
      const schema = {
        type: "object",
        properties: { risk: { enum: ["low", "high"] } },
        ...{ required: ["risk"], additionalProperties: false },
      };
      const { text, finish } = await ask(
        sampled(CHAT, {
          maxTokens: 400,
          responseFormat: { type: "jsonSchema", name: "risk", schema, strict: true },
        }),
      );
      expect(finish).to.equal("stop");
      expect((JSON.parse(text) as { risk: string }).risk).to.be.oneOf(["low", "high"]);
    });

    it("tells of tools, and refuses an answer without the call that it has to be", async () => {
      const tools = [{ name: "trade", parameters: { type: "object" } }];
      const told = await ask({ ...CHAT, tools });
      expect(told.promptTokens).to.be.greaterThan((await ask(CHAT)).promptTokens);
      const ending = sampled({ ...CHAT, tools }, { stop: [told.text.slice(11, 14)] });
      // This server takes the choice of one tool for none, and says so in its log alone.
      const forced = ask({ ...ending, toolChoice: { name: "trade" } });
      expect(await codeOfPromise(forced)).to.equal("BACKEND_ANSWER_INVALID");
    });
  });
}

/** The beginning of the text, and a byte each, but that the tokenizer writes a space as U+2581. */
function tokensOf(text: string): number {
  return 1 + Buffer.byteLength(text.replaceAll(" ", "\u2581"));
}
