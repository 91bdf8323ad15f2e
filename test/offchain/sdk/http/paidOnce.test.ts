import { ChatVouch } from "@vouch/sdk/langchain";
import { toolCallsOf } from "../../../../offchain/sdk/langchain/toolCalls.ts";
import type { GatewayOptions, GatewayProgress, Purse } from "@vouch/sdk/http";
import { SdkError } from "@vouch/sdk";
import { openGateway } from "@vouch/sdk/http";
import { sdkErrorIn, verified } from "@vouch/sdk/openai";
import { parseRequestId } from "@vouch/protocol";
import { expect } from "chai";
import { Wallet, id } from "ethers";
import OpenAI from "openai";
import {
  OFFERS,
  PRICE,
  RELEASE_ID,
  TENSOR,
  TOKEN,
  answerOf,
  offeringFetch,
} from "../../../helpers/offeringGateway.ts";
import { textReceipt } from "../../../helpers/textReceipt.ts";
import { TRAPDOOR_DEPLOYMENT } from "../../../helpers/trapdoorDeployment.ts";
import { OPERATOR } from "../../../helpers/trapdoorReceipt.ts";

const WALLET = new Wallet(id("vouch.test.limits"));
const REQUIRED = { x402Version: 2, accepts: [OFFERS.payment] };
const MODEL = textReceipt().statement.release;
const BODY = { model: MODEL, messages: [{ role: "user" as const, content: "Hi" }] };
const OTHER_ID = parseRequestId(id("another request"));

type Paid = Parameters<typeof offeringFetch>[1];

/** A stream that says what it is given, and is cut off. */
function broken(text: string): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
    },
    pull(controller) {
      controller.error(new Error("cut off"));
    },
  });
  return new Response(body);
}

const SILENCE = (_: string, request: Request): Promise<Response> =>
  new Promise((_resolve, reject) => {
    const stop = () => {
      reject(new Error("left"));
    };
    if (request.signal.aborted) stop();
    request.signal.addEventListener("abort", stop);
  });

/** Ways in which a gateway that has a payment goes wrong, and the codes of what comes of it. */
const ENDINGS: readonly (readonly [string, string, Paid])[] = [
  ["refuses", "GATEWAY_REFUSED", () => new Response("{}", { status: 400 })],
  ["fails", "GATEWAY_REFUSED", () => new Response("{}", { status: 503 })],
  ["asks for more", "GATEWAY_REFUSED", () => new Response("{}", { status: 402 })],
  ["is not there", "GATEWAY_UNREACHABLE", () => Promise.reject(new TypeError("fetch failed"))],
  ["never answers", "GATEWAY_UNREACHABLE", SILENCE],
  ["breaks off", "GATEWAY_UNREACHABLE", () => broken('{"id":')],
  ["shows a page", "RESPONSE_MALFORMED", () => new Response("<html>")],
  ["says too much", "RESPONSE_TOO_LARGE", () => new Response("0".repeat(1 << 17))],
  [
    "refuses with too much",
    "RESPONSE_TOO_LARGE",
    () => new Response("0".repeat(1 << 17), { status: 400 }),
  ],
  ["answers another request", "GATEWAY_LIED", () => answerOf(OTHER_ID)],
];

describe("a request that was paid for", () => {
  let asked: number;

  const purse = (change: Partial<Purse["signer"]> = {}): Purse => ({
    signer: {
      getAddress: () => WALLET.getAddress(),
      signTypedData(...parts) {
        asked++;
        return WALLET.signTypedData(...(parts as Parameters<Wallet["signTypedData"]>));
      },
      ...change,
    },
    ...{ token: TOKEN, maxAmount: PRICE },
  });
  const optionsOf = (paid: Paid, pay = purse()): GatewayOptions => ({
    ...{ url: "http://gateway.test", deployment: TRAPDOOR_DEPLOYMENT, operators: [OPERATOR], pay },
    ...{ fetch: offeringFetch(REQUIRED, paid), attempts: 1, timeoutMs: 50 },
    maxResponseBytes: 1 << 16,
  });
  const infer = async (paid: Paid, options = {}, pay = purse()) =>
    (await openGateway(optionsOf(paid, pay))).infer(
      { release: RELEASE_ID, input: TENSOR, policy: "signature" },
      options,
    );
  const failure = async (work: Promise<unknown>): Promise<SdkError> => {
    const error = await work.catch((it: unknown) => it);
    expect(error).to.be.instanceOf(SdkError);
    return error as SdkError;
  };

  beforeEach(() => {
    asked = 0;
  });

  for (const [what, code, paid] of ENDINGS)
    it(`names its payment where the gateway ${what}, and pays no second time`, async () => {
      let sent = "";
      const keeping: Paid = (payment, request) => {
        sent = payment;
        return paid(payment, request);
      };
      const error = await failure(infer(keeping));
      expect(error.code).to.equal(code);
      expect(error.payment).to.equal(sent).and.to.not.equal("");
      expect(asked).to.equal(1);

      let again = "";
      await failure(
        infer(
          (payment) => {
            again = payment;
            return new Response("{}", { status: 400 });
          },
          { resume: error.payment! }, // compared above
        ),
      );
      expect(again).to.equal(sent);
      expect(asked).to.equal(1);
    });

  it("names its payment where its caller gives up", async () => {
    const stop = new AbortController();
    const paid: Paid = (payment, request) => {
      stop.abort();
      return SILENCE(payment, request);
    };
    const error = await failure(infer(paid, { signal: stop.signal }));
    expect(error.code).to.equal("ABORTED");
    expect(error.payment).to.be.a("string");
  });

  it("says before it is sent what was signed", async () => {
    const steps: GatewayProgress[] = [];
    let sent = "";
    const paid: Paid = (payment) => {
      sent = payment;
      expect(steps.map(({ status }) => status)).to.deep.equal(["priced", "signed"]);
      return new Response("{}", { status: 400 });
    };
    await failure(infer(paid, { onProgress: (it: GatewayProgress) => steps.push(it) }));
    expect(steps[1]).to.include({ payment: sent });
  });

  describe("as a text", () => {
    const ask = { body: BODY, policy: "signature" };
    const chunk = (object: object) => `data: ${JSON.stringify(object)}\n\n`;
    const texts: readonly (readonly [string, string, Paid])[] = [
      ["breaks off a stream", "GATEWAY_UNREACHABLE", () => broken("data: ")],
      ["ends a stream without its ending", "STREAM_BROKEN", () => new Response("data: [DONE]\n\n")],
      [
        "ends a stream by an error",
        "GATEWAY_REFUSED",
        () => new Response(chunk({ error: { message: "no", code: "NO" } })),
      ],
      ["streams another answer", "GATEWAY_LIED", () => new Response(chunk({ choices: [{}] }))],
      ["gives no stream", "STREAM_BROKEN", () => Response.json({ choices: [] })],
    ];
    for (const [what, code, paid] of texts)
      it(`names its payment where the gateway ${what}`, async () => {
        const gateway = await openGateway(optionsOf(paid));
        const drain = async () => {
          for await (const { kind } of gateway.streamChat(ask)) expect(kind).to.equal("piece");
        };
        const error = await failure(drain());
        expect(error.code).to.equal(code);
        expect(error.payment).to.be.a("string");
      });

    it("names its payment where there is no receipt", async () => {
      const gateway = await openGateway(
        optionsOf((_, { method }) =>
          method === "GET" ? new Response("{}", { status: 404 }) : Response.json({}),
        ),
      );
      const error = await failure(gateway.chat(ask));
      expect(error.code).to.equal("RECEIPT_MISSING");
      expect(error.payment).to.be.a("string");
    });

    it("names its payment where a model called a tool by what is no JSON", () => {
      const { generation } = textReceipt().transcript!; // a text has one
      const toolCalls = [{ id: "call-1", name: "weather", arguments: "{" }];
      const payment = { header: "paid", scheme: "exact", token: TOKEN, amount: PRICE };
      expect(() => toolCallsOf({ generation: { ...generation, toolCalls }, payment }))
        .to.throw(SdkError)
        .that.includes({ code: "TEXT_INVALID", payment: "paid" });
    });

    it("is resumed through OpenAI's client and LangChain's model", async () => {
      const sent: string[] = [];
      const options = optionsOf((payment) => {
        sent.push(payment);
        return new Response("{}", { status: 400 });
      });
      const baseURL = "http://gateway.test/v1";
      const steps: GatewayProgress[] = [];
      const openai = await verified(new OpenAI({ apiKey: "none", baseURL }), {
        ...{ ...options, policy: "signature" },
        onProgress: (it) => steps.push(it),
      });
      const first: unknown = await openai.chat.completions.create(BODY).catch((it: unknown) => it);
      const payment = sdkErrorIn(first)?.payment ?? "";
      expect(steps.find(({ status }) => status === "signed")).to.include({ payment });
      const headers = { "payment-signature": payment };
      await openai.chat.completions.create(BODY, { headers }).catch(() => undefined);

      const gateway = await openGateway(options);
      const model = new ChatVouch({ gateway, model: MODEL, policy: "signature" });
      const { code } = await failure(model.invoke("Hi", { resume: payment }));
      expect(code).to.equal("GATEWAY_REFUSED");
      expect(sent).to.deep.equal([payment, payment, payment]);
      expect(asked).to.equal(1);
    });
  });

  describe("is not signed", () => {
    const never: Paid = () => {
      throw new RangeError("nothing was to be sent");
    };

    it("for a caller who gives up when told the price", async () => {
      const stop = new AbortController();
      const onProgress = ({ status }: GatewayProgress) => {
        if (status === "priced") stop.abort();
      };
      const error = await failure(infer(never, { signal: stop.signal, onProgress }));
      expect([error.code, error.payment, asked]).to.deep.equal(["ABORTED", null, 0]);
    });

    it("where the caller gives up while a wallet asks", async () => {
      const stop = new AbortController();
      const pay = purse({
        signTypedData() {
          stop.abort();
          return new Promise(() => undefined);
        },
      });
      const error = await failure(infer(never, { signal: stop.signal }, pay));
      expect([error.code, error.payment]).to.deep.equal(["ABORTED", null]);
    });

    it("where the wallet's user declines", async () => {
      const declined = Object.assign(new Error("no"), { code: 4001 });
      const pay = purse({ signTypedData: () => Promise.reject(declined) });
      expect((await failure(infer(never, {}, pay))).code).to.equal("USER_REJECTED");
    });
  });
});
