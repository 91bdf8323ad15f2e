import type { AIMessageChunk } from "@langchain/core/messages";
import { AIMessage, HumanMessage, SystemMessage, ToolMessage } from "@langchain/core/messages";
import { SdkError } from "@vouch/sdk";
import { openGateway } from "@vouch/sdk/http";
import { ChatVouch, vouchOf } from "@vouch/sdk/langchain";
import { expect } from "chai";
import type { FreeGateway } from "../../../helpers/freeGateway.ts";
import { freeGateway } from "../../../helpers/freeGateway.ts";
import type { Lie } from "../../../helpers/lyingFetch.ts";
import { lyingFetch } from "../../../helpers/lyingFetch.ts";
import { PIECES } from "../../../helpers/testAnswerer.ts";
import { TRAPDOOR_DEPLOYMENT } from "../../../helpers/trapdoorDeployment.ts";
import { OPERATOR } from "../../../helpers/trapdoorReceipt.ts";

const TEXT = PIECES.join("");
const USAGE = { input_tokens: 31, output_tokens: 7, total_tokens: 38 };
const weather = {
  type: "function",
  function: { name: "weather", parameters: { type: "object", properties: {} } },
};

describe("LangChain's chat model, verified", () => {
  let gateway: FreeGateway;
  let release: string;

  before(async () => {
    gateway = await freeGateway();
    const deployment = TRAPDOOR_DEPLOYMENT;
    const models = await (await openGateway({ url: gateway.url, deployment })).models();
    release = models.find(({ kind }) => kind === "text")!.release;
  });
  after(() => gateway.close());

  const modelOf = async (lie: Lie = () => ({})): Promise<ChatVouch> =>
    new ChatVouch({
      gateway: await openGateway({
        ...{ url: gateway.url, deployment: TRAPDOOR_DEPLOYMENT, operators: [OPERATOR] },
        ...{ fetch: lyingFetch(lie), attempts: 1 },
      }),
      ...{ model: release, policy: "signature", temperature: 0, seed: 7, maxTokens: 32 },
    });

  it("gives a message with usage and the receipt that it was read from", async () => {
    const message = await (await modelOf()).invoke("What is the weather?");
    expect(message.text).to.equal(TEXT);
    expect(message.usage_metadata).to.deep.equal(USAGE);
    expect(message.response_metadata).to.include({ finish_reason: "stop", model_name: release });
    const { receipt } = vouchOf(message.response_metadata);
    expect(receipt.transcript?.request).to.deep.include({
      prompt: [{ role: "user", content: "What is the weather?" }],
    });
    expect(receipt.transcript?.request.sampling).to.include({ seed: 7, maxTokens: 32 });
  });

  it("streams pieces, and the receipt with the last", async () => {
    const pieces: string[] = [];
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await (await modelOf()).stream("What is the weather?")) {
      if (chunk.text !== "") pieces.push(chunk.text);
      whole = whole === undefined ? chunk : whole.concat(chunk);
    }
    expect(pieces).to.deep.equal(PIECES);
    expect(whole?.usage_metadata).to.deep.include(USAGE);
    expect(vouchOf(whole!.response_metadata).receipt.transcript?.generation.text).to.equal(TEXT);
  });

  it("calls tools, and goes on with what they gave", async () => {
    const model = (await modelOf()).bindTools([weather]);
    const call = { id: "call-1", name: "weather", args: { city: "Zürich" }, type: "tool_call" };
    const asked = [new SystemMessage("Be brief."), new HumanMessage("What is the weather?")];
    const first = await model.invoke(asked);
    expect(first.tool_calls).to.deep.equal([call]);
    const result = new ToolMessage({ content: "12.5 °C", tool_call_id: "call-1" });
    const { response_metadata } = await (
      await modelOf()
    ).invoke([...asked, new AIMessage({ content: "", tool_calls: first.tool_calls! }), result]);
    const { prompt } = vouchOf(response_metadata).receipt.transcript!.request;
    expect((prompt as readonly { readonly role: string }[]).map(({ role }) => role)).to.deep.equal([
      ...["system", "user", "assistant", "tool"],
    ]);
  });

  it("throws where the gateway lies, whole and streamed", async () => {
    const lie: Lie = ({ path, text }) =>
      path.endsWith("/completions") ? { text: text.replaceAll("12.5", "12.6") } : {};
    const model = await modelOf(lie);
    const drain = async () => {
      for await (const chunk of await model.stream("Hi"))
        expect(chunk.usage_metadata).to.be.undefined;
    };
    for (const work of [model.invoke("Hi"), drain()]) {
      const error = await work.catch((it: unknown) => it);
      expect(error).to.be.instanceOf(SdkError).with.property("code", "GATEWAY_LIED");
    }
  });

  it("refuses what is not text", async () => {
    const image = { type: "image_url", image_url: "data:image/png;base64,AA==" };
    const error = await (
      await modelOf()
    )
      .invoke([new HumanMessage({ content: [image] })])
      .catch((it: unknown) => it);
    expect(error).to.be.instanceOf(SdkError).with.property("code", "TEXT_INVALID");
  });
});
