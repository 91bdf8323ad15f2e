import { parseReceipt, verifyReceipt } from "@vouch/protocol";
import { decodePaymentRequiredHeader, decodePaymentResponseHeader } from "@x402/core/http";
import { expect } from "chai";
import OpenAI from "openai";
import type { PaidChain } from "../helpers/paidChain.ts";
import { FUNDS, paidChain } from "../helpers/paidChain.ts";
import type { PaidGateway } from "../helpers/paidGateway.ts";
import { paidGateway, payingFetch, paymentIn } from "../helpers/paidGateway.ts";
import { PIECES } from "../helpers/testAnswerer.ts";

const TENSOR = Array.from({ length: 20 }, (_, i) => i / 256);
const asJson = (body: object): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

type Answer = {
  readonly id: string;
  readonly release: string;
  readonly output: { readonly tensor: readonly number[] };
  readonly receipt: unknown;
  readonly payment: { readonly id: string; readonly state: string };
};

describe("a gateway that is paid", function () {
  this.timeout(60_000);
  let chain: PaidChain;
  let gateway: PaidGateway;

  before(async () => {
    chain = await paidChain();
    gateway = await paidGateway(chain, { mountFacilitator: true });
  });
  after(async () => {
    await gateway.close();
    await chain.close();
  });

  const balances = async () => ({
    payer: await chain.token.balanceOf(chain.payer),
    payee: await chain.token.balanceOf(chain.payTo),
  });

  it("asks a price for each policy, in the header and in the body", async () => {
    const response = await fetch(`${gateway.url}/v1/infer/credit`, asJson({ tensor: TENSOR }));
    expect(response.status).to.equal(402);
    expect(response.headers.get("cache-control")).to.equal("no-store");
    const required = decodePaymentRequiredHeader(response.headers.get("payment-required")!);
    expect(required.resource.url).to.equal("http://gateway.test/v1/infer/credit");
    const offered = required.accepts.map(({ scheme, amount, extra }) => {
      const { policy, voidable } = extra["vouch"] as { policy: string; voidable: boolean };
      return { scheme, amount, policy, voidable };
    });
    expect(offered).to.deep.equal([
      { scheme: "exact", amount: "10", policy: "signature", voidable: false },
      { scheme: "exact", amount: "25", policy: "zk", voidable: false },
    ]);
    const body = (await response.json()) as object;
    expect(body).to.deep.include({ x402Version: 2, accepts: required.accepts });
    expect(body).to.have.nested.property("error.code", "PAYMENT_REQUIRED");
    expect(gateway.answerer.asked).to.be.empty;
  });

  for (const [policy, amount, kinds] of [
    ["signature", 10n, ["signature"]],
    ["zk", 25n, ["signature", "zk"]],
  ] as const) {
    it(`answers the stock x402 client under policy ${policy}, and is paid behind the answer`, async () => {
      const before = await balances();
      const pay = payingFetch(chain, policy);
      const response = await pay(`${gateway.url}/v1/infer/credit`, asJson({ tensor: TENSOR }));
      expect(response.status).to.equal(200);
      expect(response.headers.get("payment-response")).to.be.null; // nothing is on the chain yet
      const answer = (await response.json()) as Answer;
      const verification = verifyReceipt(parseReceipt(answer.receipt), { request: answer.id });
      expect(verification.assurance.kinds).to.deep.equal(kinds);
      expect(answer.output.tensor).to.have.lengthOf(3);
      expect(answer.payment.state).to.equal("served");

      const { facts } = await paymentIn(gateway.payments, answer.payment.id, "captured");
      expect(await balances()).to.deep.equal({
        payer: before.payer - amount,
        payee: before.payee + amount,
      });
      const found = await fetch(`${gateway.url}/v1/receipts/${answer.id}`);
      expect(await found.json()).to.deep.include({
        id: answer.id,
        payment: {
          ...{ id: answer.payment.id, state: "captured", transaction: facts.transaction },
          reason: null,
        },
      });
    });
  }

  it("streams to the stock OpenAI client over the stock x402 client", async () => {
    const openai = new OpenAI({
      ...{ apiKey: "none", baseURL: `${gateway.url}/v1`, maxRetries: 0 },
      fetch: payingFetch(chain),
    });
    const { data, response } = await openai.chat.completions
      .create({ model: "small-talk", messages: [{ role: "user", content: "Hi" }], stream: true })
      .withResponse();
    let text = "";
    for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? "";
    expect(text).to.equal(PIECES.join(""));
    const id = response.headers.get("x-vouch-receipt")!;
    const answer = (await gateway.receipts.get(id as never))!;
    expect((await paymentIn(gateway.payments, answer.payment!, "captured")).facts).to.have.property(
      "transaction",
    );
  });

  describe("given a payment that was made", () => {
    let sent: Request;
    let first: Answer;

    before(async () => {
      const keeping: typeof fetch = (input, init) => {
        const request = new Request(input, init);
        if (request.headers.has("payment-signature")) sent = request.clone();
        return fetch(request);
      };
      const pay = payingFetch(chain, "signature", keeping);
      const response = await pay(`${gateway.url}/v1/infer/credit`, asJson({ tensor: TENSOR }));
      first = (await response.json()) as Answer;
      await paymentIn(gateway.payments, first.payment.id, "captured");
    });

    const again = (url = sent.url, body: object = { tensor: TENSOR }, policy?: string) =>
      fetch(url, {
        ...asJson(body),
        headers: {
          "content-type": "application/json",
          "payment-signature": sent.headers.get("payment-signature")!,
          ...(policy === undefined ? {} : { "x-vouch-policy": policy }),
        },
      });

    it("gives the same answer again, costs nothing, and says where it was captured", async () => {
      const [asked, before] = [gateway.answerer.asked.length, await balances()];
      const response = await again();
      expect(response.status).to.equal(200);
      const repeated = (await response.json()) as Answer;
      expect(repeated).to.deep.equal({
        ...first,
        payment: { ...first.payment, state: "captured" },
      });
      const settlement = decodePaymentResponseHeader(response.headers.get("payment-response")!);
      expect(settlement).to.include({ success: true, payer: chain.payer });
      expect(gateway.answerer.asked).to.have.lengthOf(asked);
      expect(await balances()).to.deep.equal(before);
    });

    it("gives it to no other body, resource or policy", async () => {
      const url = `${gateway.url}/v1/infer`;
      const byId = `${url}/${first.release}`;
      const refusals = [
        await again(sent.url, { tensor: TENSOR.with(0, 1) }),
        await again(byId),
        await again(`${gateway.url}/v1/completions`, { model: "small-talk", prompt: "Hi" }),
      ];
      for (const response of refusals) {
        expect(response.status).to.equal(409);
        expect(response.headers.get("x-should-retry")).to.equal("false");
        expect(await response.json()).to.have.nested.property(
          "error.code",
          "PAYMENT_BOUND_ELSEWHERE",
        );
      }
      // It pays another price, so that it is none of those of the other policy.
      expect((await again(sent.url, { tensor: TENSOR }, "zk")).status).to.equal(402);
    });
  });

  it("leaves the payer with what it did not pay", async () => {
    const { payer, payee } = await balances();
    expect(payer + payee).to.equal(FUNDS);
  });
});
