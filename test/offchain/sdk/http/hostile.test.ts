import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { GatewayClient, GatewayOptions } from "@vouch/sdk/http";
import { SdkError } from "@vouch/sdk";
import { openGateway } from "@vouch/sdk/http";
import { ChatVouch } from "@vouch/sdk/langchain";
import { sdkErrorIn, verified } from "@vouch/sdk/openai";
import { expect } from "chai";
import { id } from "ethers";
import OpenAI from "openai";
import { createHttpClient } from "../../../../offchain/sdk/http/httpClient.ts";
import type { HostileServer } from "../../../helpers/hostileServer.ts";
import { hostileServer } from "../../../helpers/hostileServer.ts";
import { TRAPDOOR_DEPLOYMENT } from "../../../helpers/trapdoorDeployment.ts";
import { OPERATOR } from "../../../helpers/trapdoorReceipt.ts";
import { until } from "../../../helpers/until.ts";

const LIMIT = 1 << 16;
const MODEL = id("model");
const BODY = { model: MODEL, messages: [{ role: "user" as const, content: "Hi" }] };

describe("a gateway that is hostile to who asks", () => {
  let server: HostileServer;

  beforeEach(async () => {
    server = await hostileServer();
  });
  afterEach(() => server.close());

  const open = (change: Partial<GatewayOptions> = {}): Promise<GatewayClient> =>
    openGateway({
      ...{ url: server.url, deployment: TRAPDOOR_DEPLOYMENT, operators: [OPERATOR], attempts: 1 },
      ...{ maxResponseBytes: LIMIT, ...change },
    });
  const failure = async (work: Promise<unknown>): Promise<SdkError> => {
    const error = await work.catch((it: unknown) => it);
    expect(error).to.be.instanceOf(SdkError);
    return error as SdkError;
  };
  const chat = async (change: Partial<GatewayOptions> = {}, signal?: AbortSignal) =>
    failure(
      (await open(change)).chat(
        { body: BODY, policy: "signature" },
        signal === undefined ? {} : { signal },
      ),
    );
  const stream = async (change: Partial<GatewayOptions> = {}, signal?: AbortSignal) => {
    const call = signal === undefined ? {} : { signal };
    const events = (await open(change)).streamChat({ body: BODY, policy: "signature" }, call);
    return failure(events.next());
  };

  /** Aborts as soon as the server was asked. */
  const stopWhenAsked = (): AbortSignal => {
    const stop = new AbortController();
    const { answer } = server;
    server.answer = (request, response) => {
      answer(request, response);
      setImmediate(() => {
        stop.abort();
      });
    };
    return stop.signal;
  };
  const drip = (response: ServerResponse, text: string) => {
    const timer = setInterval(() => response.write(text), 2);
    response.on("close", () => {
      clearInterval(timer);
    });
  };

  const silences: readonly (readonly [string, HostileServer["answer"]])[] = [
    ["never answers", () => undefined],
    [
      "says its head, and no more",
      (_, response) => {
        response.flushHeaders();
      },
    ],
  ];
  for (const [what, answer] of silences)
    describe(`and ${what}`, () => {
      beforeEach(() => {
        server.answer = answer;
      });

      it("is given up after so long without a byte", async () => {
        const asks = [chat, stream];
        for (const ask of asks)
          expect((await ask({ timeoutMs: 30 })).code).to.equal("GATEWAY_UNREACHABLE");
        await until("both have left", () => server.left() === asks.length);
      });

      it("is left when its caller aborts", async () => {
        expect((await chat({}, stopWhenAsked())).code).to.equal("ABORTED");
        await until("it has left", () => server.left() === 1);
      });
    });

  it("is left when its caller aborts, though bytes come for ever", async () => {
    server.answer = (_, response) => {
      drip(response, ": wait\n\n");
    };
    expect((await chat({}, stopWhenAsked())).code).to.equal("ABORTED");
    expect((await stream({}, stopWhenAsked())).code).to.equal("ABORTED");
    await until("both have left", () => server.left() === 2);
  });

  it("is not asked at all by who has aborted", async () => {
    expect((await chat({}, AbortSignal.abort())).code).to.equal("ABORTED");
    expect((await stream({}, AbortSignal.abort())).code).to.equal("ABORTED");
    expect(server.asked).to.be.empty;
  });

  it("is left between two attempts", async () => {
    server.answer = (_, response) => response.writeHead(503, { "retry-after": "9" }).end("{}");
    const stop = new AbortController();
    const onProgress = () => {
      stop.abort();
    };
    const gateway = await open({ attempts: 2 });
    const error = await failure(gateway.models({ signal: stop.signal, onProgress }));
    expect(error.code).to.equal("ABORTED");
    expect(server.asked).to.have.lengthOf(1);
  });

  it("is asked again where it closes in the middle, and then given up", async () => {
    server.answer = (_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("{");
      setImmediate(() => response.destroy());
    };
    const { data } = await chat({ attempts: 2 });
    expect(data).to.include({ code: "GATEWAY_UNREACHABLE", attempts: 2 });
    expect(server.asked).to.have.lengthOf(2);
  });

  describe("and asks for time", () => {
    for (const [status, after, times] of [
      [503, undefined, 2],
      [429, "0", 2],
      [429, "3600", 1],
      [500, "0", 1],
    ] as const)
      it(`is asked ${times} times: ${status}, Retry-After ${after ?? "absent"}`, async () => {
        const headers = after === undefined ? {} : { "retry-after": after };
        server.answer = (_, response) => response.writeHead(status, headers).end("{}");
        const { data } = await chat({ attempts: 2 });
        expect(data).to.include({ code: "GATEWAY_REFUSED", httpStatus: status });
        expect(server.asked).to.have.lengthOf(times);
      });
  });

  it("is refused where it wants money and does not say how much", async () => {
    server.answer = (_, response) => response.writeHead(402).end("{}");
    expect((await chat()).code).to.equal("RESPONSE_MALFORMED");
    const error = await failure((await open()).models());
    expect(error.data).to.include({ code: "GATEWAY_REFUSED", httpStatus: 402 });
  });

  it("is followed nowhere else", async () => {
    const other = await hostileServer();
    try {
      server.answer = (_, response) => response.writeHead(307, { location: other.url }).end();
      expect((await chat()).code).to.equal("GATEWAY_UNREACHABLE");
      const openai = await verified(new OpenAI({ apiKey: "none", baseURL: `${server.url}/v1` }), {
        ...{ deployment: TRAPDOOR_DEPLOYMENT, operators: [OPERATOR], policy: "signature" },
      });
      const listed: unknown = await openai.models.list().catch((it: unknown) => it);
      expect(listed).to.be.instanceOf(Error);
      expect(other.asked).to.be.empty;
    } finally {
      await other.close();
    }
  });

  it("is left when it says more than it may, whatever it announced", async () => {
    server.answer = (_, response) => {
      response.writeHead(200, { "content-length": String(2 ** 31) });
      drip(response, "0".repeat(LIMIT));
    };
    expect((await chat()).code).to.equal("RESPONSE_TOO_LARGE");
    expect((await stream()).code).to.equal("RESPONSE_TOO_LARGE");
    await until("both have left", () => server.left() === 2);
  });

  it("is read no further than the limit where it packs much into little", async () => {
    const bomb = gzipSync(Buffer.alloc(1 << 24));
    expect(bomb.byteLength).to.be.below(LIMIT);
    server.answer = (_, response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
    expect((await chat()).code).to.equal("RESPONSE_TOO_LARGE");
  });

  it("is not taken for silent while its reader takes time", async () => {
    server.answer = (_, response) => {
      response.write("first");
      server.answer = () => response.end("second"); // when asked again
    };
    const timeoutMs = 30;
    const [base, limits] = [new URL(`${server.url}/`), { timeoutMs, maxResponseBytes: LIMIT }];
    const http = createHttpClient({ base, fetch, ...limits });
    const reply = await http("/x", { method: "GET" }, undefined);
    const pieces = reply.chunks()[Symbol.asyncIterator]();
    expect(await pieces.next()).to.include({ value: "first" });
    const end = performance.now() + 3 * timeoutMs;
    await until("the reader has taken its time", () => performance.now() > end);
    void http("/y", { method: "GET" }, undefined).catch(() => undefined); // never answered itself
    expect(await pieces.next()).to.include({ value: "second" });
  });

  describe("seen through the clients of others", () => {
    beforeEach(() => {
      server.answer = (_, response) => {
        response.flushHeaders();
      };
    });
    const openaiOf = () =>
      verified(new OpenAI({ apiKey: "none", baseURL: `${server.url}/v1` }), {
        ...{ deployment: TRAPDOOR_DEPLOYMENT, operators: [OPERATOR], policy: "signature" },
      });

    it("is left when a stream of OpenAI's client is cancelled", async () => {
      const openai = await openaiOf();
      const response = await openai.chat.completions.create({ ...BODY, stream: true }).asResponse();
      const reader = response.body!.getReader(); // it streams
      const read = reader.read().catch((it: unknown) => it);
      await until("it was asked", () => server.asked.length === 1);
      await reader.cancel();
      await read;
      await until("it has left", () => server.left() === 1);
    });

    it("is left when a call of OpenAI's client is aborted, or takes too long", async () => {
      const openai = await openaiOf();
      const calls = [{ signal: stopWhenAsked() }, { timeout: 30 }];
      for (const call of calls) {
        const error: unknown = await openai.chat.completions
          .create(BODY, call)
          .catch((it: unknown) => it);
        expect(error).to.be.instanceOf(OpenAI.APIError);
        expect(sdkErrorIn(error)?.code ?? "ABORTED").to.equal("ABORTED");
      }
      await until("both have left", () => server.left() === calls.length);
    });

    it("is left when a call of LangChain's model is aborted, or takes too long", async () => {
      const model = new ChatVouch({ gateway: await open(), model: MODEL, policy: "signature" });
      const drain = async () => {
        for await (const chunk of await model.stream("Hi", { timeout: 30 }))
          expect(chunk).to.equal("nothing");
      };
      for (const work of [
        model.invoke("Hi", { signal: stopWhenAsked() }),
        model.invoke("Hi", { timeout: 30 }),
        drain(),
      ])
        expect(await work.catch((it: unknown) => it)).to.be.instanceOf(Error);
      await until("all have left", () => server.left() === 3);
    });
  });
});

describe("the limits of a gateway's client", () => {
  for (const [option, value] of [
    ["timeoutMs", 0],
    ["timeoutMs", Infinity],
    ["timeoutMs", 2 ** 31],
    ["maxResponseBytes", NaN],
    ["maxResponseBytes", 0],
    ["attempts", 1.5],
    ["url", "http://user:password@gateway.test"],
  ] as const)
    it(`are no ${option} of ${value}`, async () => {
      const error: unknown = await openGateway({
        ...{ url: "http://gateway.test", deployment: TRAPDOOR_DEPLOYMENT, [option]: value },
      }).catch((it: unknown) => it);
      expect(error).to.be.instanceOf(SdkError);
      expect((error as SdkError).data).to.include({ code: "GATEWAY_INVALID", option });
    });
});
