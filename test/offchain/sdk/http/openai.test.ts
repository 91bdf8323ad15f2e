import { verifyReceipt } from "@vouch/protocol";
import { sdkErrorIn, verified, vouchOf } from "@vouch/sdk/openai";
import { expect } from "chai";
import OpenAI from "openai";
import type { FreeGateway } from "../../../helpers/freeGateway.ts";
import { freeGateway } from "../../../helpers/freeGateway.ts";
import type { Lie } from "../../../helpers/lyingFetch.ts";
import { lyingFetch } from "../../../helpers/lyingFetch.ts";
import { PIECES } from "../../../helpers/testAnswerer.ts";
import { TRAPDOOR_DEPLOYMENT } from "../../../helpers/trapdoorDeployment.ts";
import { OPERATOR } from "../../../helpers/trapdoorReceipt.ts";

const TEXT = PIECES.join("");
const model = "small-talk";
const messages = [{ role: "user" as const, content: "What is the weather in Zürich?" }];
const tools = [
  { type: "function" as const, function: { name: "weather", parameters: { type: "object" } } },
];

describe("OpenAI's client, verified", () => {
  let gateway: FreeGateway;
  let release: string;

  before(async () => {
    gateway = await freeGateway();
    const plain = new OpenAI({ apiKey: "none", baseURL: `${gateway.url}/v1` });
    const { vouch } = (await plain.models.retrieve(model)) as unknown as {
      readonly vouch: { readonly release: string };
    };
    release = vouch.release;
  });
  after(() => gateway.close());

  const clientOf = (lie: Lie = () => ({})): Promise<OpenAI> =>
    verified(new OpenAI({ apiKey: "none", baseURL: `${gateway.url}/v1` }), {
      ...{ deployment: TRAPDOOR_DEPLOYMENT, operators: [OPERATOR], releases: { [model]: release } },
      ...{ policy: "signature", fetch: lyingFetch(lie), attempts: 1 },
    });
  const codeOf = async (work: PromiseLike<unknown>): Promise<string> => {
    try {
      await work;
      return "accepted";
    } catch (error) {
      return sdkErrorIn(error)?.code ?? String(error);
    }
  };

  it("gives a completion with the receipt that it was read from", async () => {
    const openai = await clientOf();
    const completion = await openai.chat.completions.create({ model, messages, temperature: 0 });
    expect(completion.choices[0]?.message.content).to.equal(TEXT);
    expect(completion.choices[0]?.finish_reason).to.equal("stop");
    expect(completion.usage?.total_tokens).to.equal(38);
    expect(completion.model).to.equal(release);
    const { receipt, id } = vouchOf(completion);
    expect(completion.id).to.equal(`chatcmpl-${id.slice(2)}`);
    expect(verifyReceipt(receipt, { request: id, release, operator: OPERATOR }).transcript).to.be
      .true;
    expect(receipt.transcript?.request.prompt).to.deep.equal(messages);
  });

  it("gives calls of tools", async () => {
    const openai = await clientOf();
    const { choices } = await openai.chat.completions.create({ model, messages, tools });
    expect(choices[0]).to.deep.nested.include({
      finish_reason: "tool_calls",
      "message.tool_calls[0].function": { name: "weather", arguments: '{"city":"Zürich"}' },
    });
  });

  it("streams pieces as they come, and says why it ended when the receipt was verified", async () => {
    const openai = await clientOf();
    const stream_options = { include_usage: true };
    const parameters = { model, messages, stream: true as const, stream_options };
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of await openai.chat.completions.create(parameters)) chunks.push(chunk);
    const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
    expect(text).to.equal(TEXT);
    expect(chunks[0]?.choices[0]?.delta.role).to.equal("assistant");
    const ending = chunks.find(({ choices }) => choices[0]?.finish_reason === "stop")!;
    expect(vouchOf(ending).receipt.transcript?.generation.text).to.equal(TEXT);
    expect(chunks.at(-1)?.usage?.total_tokens).to.equal(38);
    expect(() => vouchOf(chunks[1]!))
      .to.throw()
      .with.property("code", "RECEIPT_MISSING");
  });

  it("continues a text, whole and streamed", async () => {
    const openai = await clientOf();
    const whole = await openai.completions.create({ model, prompt: "The weather" });
    expect(whole.choices[0]?.text).to.equal(TEXT);
    expect(vouchOf(whole).receipt.transcript?.request.prompt).to.equal("The weather");
    let text = "";
    for await (const chunk of await openai.completions.create({
      ...{ model, prompt: "The weather", stream: true as const },
    }))
      text += chunk.choices[0]?.text ?? "";
    expect(text).to.equal(TEXT);
  });

  describe("given a gateway that lies", () => {
    const lie: Lie = ({ path, text }) =>
      path.endsWith("/completions") ? { text: text.replaceAll("12.5", "12.6") } : {};

    it("throws in the place of a completion", async () => {
      const openai = await clientOf(lie);
      expect(await codeOf(openai.chat.completions.create({ model, messages }))).to.equal(
        "GATEWAY_LIED",
      );
    });

    it("throws in the place of the chunk that says why a stream ended", async () => {
      const openai = await clientOf(lie);
      const seen: (string | null | undefined)[] = [];
      const read = async () => {
        const stream = await openai.chat.completions.create({ model, messages, stream: true });
        for await (const { choices } of stream) seen.push(choices[0]?.finish_reason);
      };
      expect(await codeOf(read())).to.equal("GATEWAY_LIED");
      expect(seen).to.not.be.empty;
      expect(seen.every((it) => it === null)).to.be.true;
    });
  });

  it("refuses what has no receipt, but for the list of models", async () => {
    const openai = await clientOf();
    const { data } = await openai.models.list();
    expect(data.map(({ id }) => id)).to.include(model);
    expect(await codeOf(openai.embeddings.create({ model, input: "Hi" }))).to.equal(
      "RESOURCE_UNVERIFIABLE",
    );
  });

  it("asks once, though its own client is told to try again", async () => {
    let asked = 0;
    const openai = await clientOf(({ path }) => {
      if (!path.endsWith("/completions")) return {};
      asked++;
      return { status: 503, text: "{}" };
    });
    await codeOf(openai.chat.completions.create({ model, messages }));
    expect(asked).to.equal(1);
    const again = openai.chat.completions.create({ model, messages }, { maxRetries: 1 });
    expect(await codeOf(again)).to.equal("RETRY_REFUSED");
    expect(asked).to.equal(2);
  });

  it("tells a release by its id, and no name but those that it was given", async () => {
    const openai = await clientOf();
    expect(await codeOf(openai.chat.completions.create({ model: release, messages }))).to.equal(
      "accepted",
    );
    expect(await codeOf(openai.chat.completions.create({ model: "gpt", messages }))).to.equal(
      "RELEASE_NOT_FOUND",
    );
  });
});
