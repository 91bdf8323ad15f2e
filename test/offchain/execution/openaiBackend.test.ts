import type { OpenaiBackend, OpenaiOptions, TextDelta } from "@vouch/execution";
import { createOpenaiBackend, wholeAnswer } from "@vouch/execution";
import type { TextRequest } from "@vouch/protocol";
import { GREEDY, NO_FLOOR } from "@vouch/protocol";
import type { TextRelease } from "@vouch/publisher";
import { routedTextRelease } from "@vouch/publisher";
import { expect } from "chai";
import { codeOf, codeOfPromise } from "../../helpers/codeOf.ts";
import type { OpenaiServer, OpenaiServerOptions } from "../../helpers/openaiServer.ts";
import { openaiServer } from "../../helpers/openaiServer.ts";

const CHAT: TextRequest = {
  prompt: [
    { role: "system", content: "Be brief." },
    { role: "user", content: "Greet me." },
  ],
  tools: [],
  toolChoice: "auto",
  sampling: { ...GREEDY, maxTokens: 9, seed: 7, stop: ["\n"] },
};
const CONTINUED: TextRequest = { ...CHAT, prompt: "Once upon" };

const say = (content: string) => ({ choices: [{ index: 0, delta: { content } }] });
const finish = (reason: string) => ({
  choices: [{ index: 0, delta: {}, finish_reason: reason }],
});
const USAGE = { choices: [], usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 } };
const HELLO = [say("Hel"), say("lo"), finish("stop"), USAGE];

describe("createOpenaiBackend", () => {
  const open: OpenaiServer[] = [];
  afterEach(async () => {
    for (const it of open.splice(0)) await it.close();
  });

  type Opened = {
    readonly server: OpenaiServer;
    readonly backend: OpenaiBackend;
    readonly release: TextRelease;
  };

  async function serve(
    pieces: OpenaiServerOptions["pieces"],
    more: Omit<OpenaiServerOptions, "pieces"> = {},
    options: Partial<OpenaiOptions> = {},
  ): Promise<Opened> {
    const server = await openaiServer({ pieces, ...more });
    open.push(server);
    const backend = createOpenaiBackend({ url: server.url, ...options });
    return { server, backend, release: routed(server.host) };
  }

  function routed(provider: string): TextRelease {
    const plan = {
      ...{ model: "small", version: "1", licence: "MIT", royaltyBps: 0, floor: NO_FLOOR },
      publisher: `0x${"ab".repeat(20)}`,
    } as const;
    return routedTextRelease(plan, { provider, model: "their-small" });
  }

  const outcome = ({ backend, release }: Opened, request = CHAT): Promise<string | undefined> =>
    codeOfPromise(wholeAnswer(backend.generate(release, request)));

  it("streams a conversation's answer, and ends with the whole of it", async () => {
    const { backend, release, server } = await serve(HELLO);
    const deltas: TextDelta[] = [];
    for await (const it of backend.generate(release, CHAT)) deltas.push(it);
    const generation = {
      ...{ text: "Hello", toolCalls: [], finish: "stop" },
      ...{ promptTokens: 12, completionTokens: 3 },
    };
    expect(deltas).to.deep.equal([
      { kind: "text", text: "Hel" },
      { kind: "text", text: "lo" },
      { kind: "end", generation },
    ]);
    expect(backend).to.include({ name: `openai/${server.host}`, proves: "routing" });
  });

  it("asks for all that the request says, by the release's name there", async () => {
    const { backend, release, server } = await serve(HELLO, {}, { apiKey: "secret" });
    await wholeAnswer(backend.generate(release, CHAT));
    const [call] = server.calls;
    expect(call?.path).to.equal("/v1/chat/completions");
    expect(call?.headers.authorization).to.equal("Bearer secret");
    expect(call?.body).to.deep.equal({
      model: "their-small",
      messages: CHAT.prompt,
      ...{ stream: true, stream_options: { include_usage: true } },
      ...{ max_tokens: 9, temperature: 0, top_p: 1, seed: 7, stop: ["\n"] },
      ...{ frequency_penalty: 0, presence_penalty: 0 },
    });
  });

  it("has a text continued where it is no conversation", async () => {
    const piece = { choices: [{ index: 0, text: " a time", finish_reason: "length" }] };
    const { backend, release, server } = await serve([piece, USAGE]);
    const answer = await wholeAnswer(backend.generate(release, CONTINUED));
    expect(answer).to.include({ text: " a time", finish: "length" });
    expect(server.calls[0]?.path).to.equal("/v1/completions");
    expect(server.calls[0]?.body["prompt"]).to.equal("Once upon");
  });

  it("gives tools, formats and earlier calls, and joins the pieces of new calls", async () => {
    const call = (index: number, rest: object) => ({
      choices: [{ index: 0, delta: { tool_calls: [{ index, ...rest }] } }],
    });
    const { backend, release, server } = await serve([
      call(0, { id: "c1", type: "function", function: { name: "add", arguments: "" } }),
      call(0, { function: { arguments: '{"a":' } }),
      call(1, { id: "c2", type: "function", function: { name: "now", arguments: "{}" } }),
      call(0, { function: { arguments: "1}" } }),
      ...[finish("tool_calls"), USAGE],
    ]);
    const request: TextRequest = {
      prompt: [
        { role: "user", content: "Add." },
        {
          ...{ role: "assistant", content: "" },
          toolCalls: [{ id: "c0", name: "add", arguments: "{}" }],
        },
        { role: "tool", content: "0", toolCallId: "c0" },
      ],
      tools: [{ name: "add", description: "sums", parameters: { type: "object" }, strict: true }],
      toolChoice: "required",
      sampling: {
        ...CHAT.sampling,
        responseFormat: { type: "jsonSchema", name: "sum", schema: { type: "object" } },
      },
    };
    const { toolCalls, finish: reason } = await wholeAnswer(backend.generate(release, request));
    expect(reason).to.equal("toolCalls");
    expect(toolCalls).to.deep.equal([
      { id: "c1", name: "add", arguments: '{"a":1}' },
      { id: "c2", name: "now", arguments: "{}" },
    ]);
    const body = server.calls[0]!.body;
    expect(body["tool_choice"]).to.equal("required");
    expect(body["response_format"]).to.deep.equal({
      ...{ type: "json_schema", json_schema: { name: "sum", schema: { type: "object" } } },
    });
    expect(body["messages"]).to.deep.include({ role: "tool", content: "0", tool_call_id: "c0" });
  });

  describe("given a choice of tools", () => {
    const tools = [{ name: "add" }, { name: "now" }];
    const calls = (name: string) => ({
      choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: "c", function: { name } }] } }],
    });
    const ADDED = [calls("add"), finish("tool_calls"), USAGE];
    const CUT = [say("Hel"), finish("length"), USAGE];
    const ADD = { name: "add" } as const;

    it("names the tool as the API does", async () => {
      const opened = await serve(ADDED);
      expect(await outcome(opened, { ...CHAT, tools, toolChoice: ADD })).to.equal(undefined);
      const body = opened.server.calls[0]!.body;
      expect(body["tool_choice"]).to.deep.equal({ type: "function", function: { name: "add" } });
    });

    for (const [what, toolChoice, pieces, code] of [
      ["no call where one has to be", "required", HELLO, "BACKEND_ANSWER_INVALID"],
      ["no call of the one that is named", ADD, HELLO, "BACKEND_ANSWER_INVALID"],
      ["a call of another", { name: "now" }, ADDED, "BACKEND_ANSWER_INVALID"],
      ["a call where none may be", "none", ADDED, "BACKEND_ANSWER_INVALID"],
      ["what was cut short before its call", "required", CUT, undefined],
      ["no call where one may be", "auto", HELLO, undefined],
    ] as const)
      it(`${code === undefined ? "takes" : "refuses"} ${what}`, async () => {
        expect(await outcome(await serve(pieces), { ...CHAT, tools, toolChoice })).to.equal(code);
      });
  });

  describe("given what the API has no word for", () => {
    const requests: Readonly<Record<string, TextRequest>> = {
      "the most likely tokens by their number": {
        ...CHAT,
        sampling: { ...CHAT.sampling, topK: 5 },
      },
      "a choice among no tools": { ...CHAT, toolChoice: "required" },
      "tools for a text": { ...CONTINUED, tools: [{ name: "add" }] },
      "a format for a text": {
        ...CONTINUED,
        sampling: { ...CHAT.sampling, responseFormat: { type: "jsonObject" } },
      },
    };
    for (const [what, request] of Object.entries(requests)) {
      it(`refuses ${what}, and asks nobody`, async () => {
        const opened = await serve(HELLO);
        expect(await outcome(opened, request)).to.equal("UNSUPPORTED_PARAMETER");
        expect(opened.server.calls).to.deep.equal([]);
      });
    }
  });

  describe("given a release of other weights", () => {
    it("asks no provider but the release's own", async () => {
      const opened = await serve(HELLO);
      const elsewhere = { ...opened, release: routed("another.example") };
      expect(await outcome(elsewhere)).to.equal("MODEL_MISMATCH");
    });

    it("serves a release of files only where the operator says what it is called there", async () => {
      const { server, backend, release } = await serve(HELLO);
      const files = {
        ...release,
        manifest: { ...release.manifest, source: { kind: "files" } },
      } as unknown as TextRelease;
      const named = createOpenaiBackend({ url: server.url, models: { [files.id]: "mine" } });
      const unnamed = codeOfPromise(wholeAnswer(backend.generate(files, CHAT)));
      expect(await unnamed).to.equal("RELEASE_NOT_REGISTERED");
      await wholeAnswer(named.generate(files, CHAT));
      expect(server.calls[0]?.body["model"]).to.equal("mine");
    });
  });

  describe("given an answer that is none", () => {
    const answers: Readonly<Record<string, OpenaiServerOptions["pieces"]>> = {
      "without a reason for its end": [say("Hel"), USAGE],
      "without a count of its tokens": [say("Hel"), finish("stop")],
      "that ended by something unknown": [finish("magic"), USAGE],
      "that is no JSON": ["{", USAGE],
      "with a piece of another shape": [{ choices: "none" }, USAGE],
      "with half a surrogate pair": [say("\ud83d"), finish("stop"), USAGE],
      "with a call that has no name": [
        { choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: "c" }] } }] },
        ...[finish("tool_calls"), USAGE],
      ],
      "of more text than a receipt holds": [say("x".repeat(2 ** 20)), ...HELLO],
    };
    for (const [what, pieces] of Object.entries(answers)) {
      it(`refuses one ${what}`, async () => {
        expect(await outcome(await serve(pieces))).to.equal("BACKEND_ANSWER_INVALID");
      });
    }

    it("refuses one that broke off", async () => {
      const opened = await serve([say("Hel")], { breaksOff: true });
      expect(await outcome(opened)).to.equal("BACKEND_ANSWER_INVALID");
    });
  });

  it("says what the server refuses, and asks it once", async () => {
    for (const status of [400, 429, 500]) {
      const opened = await serve([], { status });
      expect(await outcome(opened)).to.equal("BACKEND_REFUSED");
      expect(opened.server.calls).to.have.length(1);
    }
  });

  it("tries again where a connection is lost, and no further than it may", async () => {
    expect(await outcome(await serve(HELLO, { cut: 2 }))).to.equal(undefined);
    const ever = await serve(HELLO, { cut: 1_000 }, { attempts: 2 });
    expect(await outcome(ever)).to.equal("BACKEND_UNREACHABLE");
  });

  it("waits for the whole no longer than its deadline", async () => {
    const opened = await serve([say("Hel"), undefined], {}, { deadlineMs: 500 });
    expect(await outcome(opened)).to.equal("BACKEND_TIMEOUT");
  });

  it("stops where the caller does, in the middle and before the start", async () => {
    const { backend, release, server } = await serve([say("Hel"), undefined]);
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const it of backend.generate(release, CHAT, controller.signal))
        if (it.kind === "text") controller.abort();
    };
    expect(await codeOfPromise(read())).to.equal("GENERATION_ABORTED");
    expect(await codeOfPromise(read())).to.equal("GENERATION_ABORTED");
    expect(server.calls).to.have.length(1);
  });

  it("lets the server go where the reader leaves", async () => {
    const { backend, release, server } = await serve([say("Hel"), undefined]);
    for await (const it of backend.generate(release, CHAT)) if (it.kind === "text") break;
    while (server.left() === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(server.left()).to.equal(1);
  });

  it("refuses options that make no sense", () => {
    for (const change of [{ url: "grpc://x" }, { apiKey: "" }, { attempts: 0 }]) {
      const options = { url: "http://x/v1", ...change };
      expect(codeOf(() => createOpenaiBackend(options))).to.equal("OPTIONS_INVALID");
    }
  });
});
