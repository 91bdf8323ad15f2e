import { parseReceipt, verifyReceipt } from "@vouch/protocol";
import { expect } from "chai";
import OpenAI from "openai";
import type { FreeGateway } from "../../helpers/freeGateway.ts";
import { freeGateway } from "../../helpers/freeGateway.ts";
import { PIECES, testCatalog } from "../../helpers/testAnswerer.ts";

const TEXT = PIECES.join("");
const model = "small-talk";
/** OpenAI calls it deprecated; to us it is what makes an answer repeatable. */
const SEEDED = { seed: 7 };
const messages = [{ role: "user" as const, content: "What is the weather in Zürich?" }];
const tools = [
  {
    type: "function" as const,
    function: { name: "weather", parameters: { type: "object", properties: {} } },
  },
];

/** Our extension of OpenAI's objects. */
type WithVouch = { readonly vouch: { readonly receipt: string; readonly operator: string } };
const vouchIn = (answer: object): WithVouch["vouch"] => (answer as WithVouch).vouch;

describe("the stock OpenAI client against a gateway", () => {
  let gateway: FreeGateway;
  let openai: OpenAI;

  before(async () => {
    gateway = await freeGateway();
    openai = new OpenAI({ apiKey: "none", baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  });
  after(() => gateway.close());

  const receiptOf = async (id: string) => {
    const found = await fetch(`${gateway.url}/v1/receipts/${id}`);
    const { receipt } = (await found.json()) as { receipt: unknown };
    return parseReceipt(receipt);
  };

  it("lists what is served", async () => {
    const { data } = await openai.models.list();
    expect(data.map(({ id }) => id)).to.deep.equal(["credit", model]);
    expect((await openai.models.retrieve(model)).id).to.equal(model);
  });

  describe("chat", () => {
    it("gets a whole answer, whose receipt verifies and opens what was asked", async () => {
      const { data, response } = await openai.chat.completions
        .create({
          model,
          messages,
          temperature: 0,
          ...SEEDED,
          max_completion_tokens: 32,
          stop: "\n",
        })
        .withResponse();
      expect(data.choices[0]).to.deep.include({ index: 0, finish_reason: "stop" });
      expect(data.choices[0]?.message.content).to.equal(TEXT);
      expect(data.usage).to.deep.equal({
        ...{ prompt_tokens: 31, completion_tokens: 7, total_tokens: 38 },
      });
      const { receipt: id } = vouchIn(data);
      expect(response.headers.get("x-vouch-receipt")).to.equal(id);
      const receipt = await receiptOf(id);
      expect(verifyReceipt(receipt, { request: id }).transcript).to.be.true;
      expect(receipt.transcript?.request.prompt).to.deep.equal(messages);
      expect(receipt.transcript?.request.sampling).to.deep.include({
        ...{ temperature: 0, seed: 7, maxTokens: 32, stop: ["\n"] },
      });
    });

    it("gets the same answer as a stream, with its receipt on the last chunk", async () => {
      const stream = await openai.chat.completions.create({ model, messages, stream: true });
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      const deltas = chunks.map(({ choices }) => choices[0]?.delta);
      expect(deltas[0]).to.deep.equal({ role: "assistant", content: "" });
      expect(deltas.map((delta) => delta?.content ?? "").join("")).to.equal(TEXT);
      expect(chunks).to.have.lengthOf(PIECES.length + 2);
      const last = chunks.at(-1)!;
      expect(last.choices[0]?.finish_reason).to.equal("stop");
      expect(last).to.not.have.property("usage");
      const { receipt: id } = vouchIn(last);
      expect((await receiptOf(id)).transcript?.generation.text).to.equal(TEXT);
    });

    it("gets usage behind a stream where it asks for it", async () => {
      const stream = await openai.chat.completions.create({
        ...{ model, messages, stream: true, stream_options: { include_usage: true } },
      });
      const usages = [];
      for await (const { usage, choices } of stream) usages.push({ usage, count: choices.length });
      expect(usages.at(-1)).to.deep.equal({
        usage: { prompt_tokens: 31, completion_tokens: 7, total_tokens: 38 },
        count: 0,
      });
      expect(usages.slice(0, -1).every(({ usage }) => usage === null)).to.be.true;
    });

    it("gets calls of tools, whole and streamed", async () => {
      const call = { id: "call-1", type: "function" };
      const whole = await openai.chat.completions.create({ model, messages, tools });
      expect(whole.choices[0]?.finish_reason).to.equal("tool_calls");
      expect(whole.choices[0]?.message).to.deep.include({ role: "assistant", content: null });
      expect(whole.choices[0]?.message.tool_calls?.[0]).to.deep.include(call);
      const streamed = await openai.chat.completions
        .stream({ model, messages, tools })
        .finalChatCompletion();
      expect(streamed.choices[0]?.message.tool_calls?.[0]).to.deep.include(call);
    });

    it("hands on tools, their answers and a schema as it sent them", async () => {
      const schema = { type: "object", properties: { celsius: { type: "number" } } };
      await openai.chat.completions.create({
        model,
        tools,
        tool_choice: { type: "function", function: { name: "weather" } },
        messages: [
          {
            role: "system",
            content: [
              { type: "text", text: "Be " },
              { type: "text", text: "brief." },
            ],
          },
          ...messages,
          {
            role: "assistant",
            tool_calls: [
              { id: "call-1", type: "function", function: { name: "weather", arguments: "{}" } },
            ],
          },
          { role: "tool", tool_call_id: "call-1", content: "12.5" },
        ],
        response_format: { type: "json_schema", json_schema: { name: "t", schema, strict: true } },
      });
      const ask = gateway.answerer.asked.at(-1)!;
      expect("request" in ask && ask.request).to.deep.include({
        prompt: [
          { role: "system", content: "Be brief." },
          ...messages,
          {
            ...{ role: "assistant", content: "" },
            toolCalls: [{ id: "call-1", name: "weather", arguments: "{}" }],
          },
          { role: "tool", content: "12.5", toolCallId: "call-1" },
        ],
        toolChoice: { name: "weather" },
      });
      expect("request" in ask && ask.request.sampling.responseFormat).to.deep.equal({
        ...{ type: "jsonSchema", name: "t", schema, strict: true },
      });
    });

    it("draws a seed from the request's id where none is given", async () => {
      await openai.chat.completions.create({ model, messages });
      const ask = gateway.answerer.asked.at(-1)!;
      const seed = Number(BigInt(ask.requestId) & 0xffff_ffffn);
      expect("request" in ask && ask.request.sampling.seed).to.equal(seed);
    });
  });

  describe("completions", () => {
    it("gets a whole answer and a stream", async () => {
      const whole = await openai.completions.create({ model, prompt: "The weather:" });
      expect(whole.choices[0]?.text).to.equal(TEXT);
      expect(whole.usage?.total_tokens).to.equal(38);
      const receipt = await receiptOf(vouchIn(whole).receipt);
      expect(receipt.transcript?.request.prompt).to.equal("The weather:");
      const stream = await openai.completions.create({ model, prompt: "x", stream: true });
      let text = "";
      let last: object = {};
      for await (const chunk of stream) {
        text += chunk.choices[0]?.text ?? "";
        last = chunk;
      }
      expect(text).to.equal(TEXT);
      expect(vouchIn(last)).to.have.property("receipt");
    });
  });

  describe("when something is wrong", () => {
    const failure = async (promise: Promise<unknown>) => {
      try {
        await promise;
        return undefined;
      } catch (error) {
        if (!(error instanceof OpenAI.APIError)) throw error;
        const { status, code, param } = error as { status?: number; code?: string; param?: string };
        return { status, code, param };
      }
    };
    const chat = (extra: object) =>
      failure(openai.chat.completions.create({ model, messages, ...extra }));

    for (const [name, extra, param] of [
      ["a parameter that nothing knows", { reasoning_effort: "low" }, "reasoning_effort"],
      ["a parameter that would be ignored", { user: "me" }, "user"],
    ] as const) {
      it(`names ${name}`, async () => {
        expect(await chat(extra)).to.deep.equal({
          ...{ status: 400, code: "UNSUPPORTED_PARAMETER", param },
        });
      });
    }

    for (const [name, extra, param] of [
      ["more than one choice", { n: 2 }, "n"],
      ["more tokens than the release gives", { max_tokens: 65 }, "max_tokens"],
      ["a temperature above 2", { temperature: 3 }, "temperature"],
      ["options of a stream without one", { stream_options: {} }, "stream_options"],
    ] as const) {
      it(`refuses ${name}`, async () => {
        expect(await chat(extra)).to.deep.equal({ status: 400, code: "REQUEST_INVALID", param });
      });
    }

    it("names what the release's back end cannot honour", async () => {
      const plain = await freeGateway({}, testCatalog({ signature: 0n }, { parameters: ["seed"] }));
      const client = new OpenAI({ apiKey: "none", baseURL: `${plain.url}/v1`, maxRetries: 0 });
      const ask = (extra: object) =>
        failure(client.chat.completions.create({ model, messages, ...extra }));
      for (const [extra, param] of [
        [{ tools }, "tools"],
        [{ temperature: 0 }, "temperature"],
        [{ response_format: { type: "json_object" } }, "response_format.json_object"],
        [{ presence_penalty: 1 }, "presence_penalty"],
      ] as const)
        expect(await ask(extra)).to.deep.equal({
          ...{ status: 400, code: "UNSUPPORTED_PARAMETER", param },
        });
      expect(await ask({ seed: 1, presence_penalty: 0 })).to.be.undefined;
      expect(plain.answerer.asked).to.have.lengthOf(1);
      await plain.close();
    });

    it("says so of a model that is not there, or takes tensors", async () => {
      expect(await chat({ model: "gpt" })).to.include({ status: 404, code: "RELEASE_UNKNOWN" });
      expect(await chat({ model: "credit" })).to.include({ status: 400, code: "RELEASE_KIND" });
    });

    it("ends a stream that fails with the error in place of a receipt", async () => {
      gateway.answerer.bend = (receipt) => ({ ...receipt, evidence: [] });
      const stream = await openai.chat.completions.create({ model, messages, stream: true });
      let text = "";
      const read = (async () => {
        for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
      })();
      expect(await failure(read)).to.include({ code: "ANSWER_UNSOUND" });
      expect(text).to.equal(TEXT);
      gateway.answerer.bend = (receipt) => receipt;
    });
  });
});
