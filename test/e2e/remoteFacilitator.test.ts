import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { HTTPFacilitatorClient } from "@x402/core/server";
import type { PaymentPayload, PaymentRequirements } from "@x402/core/types";
import { decodePaymentSignatureHeader } from "@x402/core/http";
import type { PaymentId } from "@vouch/protocol";
import { expect } from "chai";
import type { PaidChain } from "../helpers/paidChain.ts";
import { paidChain } from "../helpers/paidChain.ts";
import type { PaidGateway } from "../helpers/paidGateway.ts";
import { paidGateway, paymentIn } from "../helpers/paidGateway.ts";
import { requirementsOf, signPayment } from "../helpers/signPayment.ts";

const PRICE = 10n;
const TENSOR = Array.from({ length: 20 }, (_, i) => i / 256);

/** What becomes of a call: it is passed on, lost on its way there, or its answer is lost on its way back. */
type Fate = "passed" | "lost" | "unanswered";

/** A network between a gateway and its facilitator. */
type Network = {
  readonly url: string;
  /** Paths that were called, in order. */
  readonly calls: string[];
  fateOf: (path: string, before: number) => Fate;
  readonly close: () => Promise<void>;
};

describe("a facilitator that a gateway mounts for others", function () {
  this.timeout(60_000);
  let chain: PaidChain;
  let host: PaidGateway;
  let network: Network;
  let gateway: PaidGateway | undefined;

  before(async () => {
    chain = await paidChain();
    host = await paidGateway(chain, { mountFacilitator: true });
  });
  beforeEach(async () => {
    network = await networkTo(`${host.url}/facilitator`);
  });
  afterEach(async () => {
    await gateway?.close();
    gateway = undefined;
    await network.close();
  });
  after(async () => {
    await host.close();
    await chain.close();
  });

  const client = (timeoutMs = 5_000) => new HTTPFacilitatorClient({ url: network.url, timeoutMs });
  const ask = (payment?: string): RequestInit => ({
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(payment === undefined ? {} : { "payment-signature": payment }),
    },
    body: JSON.stringify({ tensor: TENSOR }),
  });
  /** A gateway whose facilitator is the other's. */
  const open = async (timeoutMs?: number): Promise<string> => {
    gateway = await paidGateway(chain, {
      ...{ facilitator: client(timeoutMs), prices: { signature: PRICE } },
    });
    const url = `${gateway.url}/v1/infer/credit`;
    while ((await fetch(`${gateway.url}/readyz`)).status !== 200); // asks the facilitator first
    return url;
  };
  const sign = async (url: string) => signPayment(await requirementsOf(url, ask()), chain.payerKey);
  const send = async (url: string, payment: string) => {
    const response = await fetch(url, ask(payment));
    const body = (await response.json()) as {
      error?: { code: string };
      payment?: { id: PaymentId };
    };
    return { status: response.status, code: body.error?.code, id: body.payment?.id };
  };
  const paid = () => chain.token.balanceOf(chain.payTo);
  const callsOf = (path: string) => network.calls.filter((it) => it === path).length;

  it("says what it settles, and for whom", async () => {
    const { kinds, signers } = await client().getSupported();
    expect(kinds.map(({ scheme, network: on }) => [scheme, on])).to.deep.equal([
      ["exact", "eip155:31337"],
    ]);
    expect(Object.values(signers).flat()).to.have.lengthOf(1);
  });

  it("settles another gateway's payment", async () => {
    const url = await open();
    const before = await paid();
    const { status, id } = await send(url, await sign(url));
    expect(status).to.equal(200);
    await paymentIn(gateway!.payments, id!, "captured");
    expect(await paid()).to.equal(before + PRICE);
    expect(callsOf("/verify")).to.equal(1);
    expect(callsOf("/settle")).to.be.at.least(1); // again where its transfer is not seen at once
  });

  describe("given a settlement", () => {
    for (const [what, fate, settlements] of [
      ["whose answer is lost", "unanswered", 1],
      ["that is lost on its way", "lost", 2],
    ] as const) {
      it(`takes the payment once: one ${what}`, async () => {
        const url = await open(300);
        network.fateOf = (path, before) => (path === "/settle" && before === 0 ? fate : "passed");
        const before = await paid();
        const { status, id } = await send(url, await sign(url));
        expect(status).to.equal(200);
        await paymentIn(gateway!.payments, id!, "captured");
        expect(await paid()).to.equal(before + PRICE);
        expect(callsOf("/settle")).to.equal(settlements);
      });
    }

    it("moves nothing a second time, whoever asks for it again", async () => {
      const url = `${host.url}/v1/infer/credit`;
      const header = await sign(url);
      const payload: PaymentPayload = decodePaymentSignatureHeader(header);
      const required: PaymentRequirements = payload.accepted;
      const before = await paid();
      expect(await client().settle(payload, required)).to.include({ success: true });
      const again = await client()
        .settle(payload, required)
        .catch(() => ({ success: false }));
      expect(again.success).to.equal(false);
      expect(await paid()).to.equal(before + PRICE);
    });
  });

  it("binds nothing, and serves nothing, where a verification is lost", async () => {
    const url = await open(300);
    network.fateOf = (path, before) => (path === "/verify" && before === 0 ? "lost" : "passed");
    const payment = await sign(url);
    expect(await send(url, payment)).to.include({ status: 503, code: "FACILITATOR_UNAVAILABLE" });
    expect(await gateway!.payments.open()).to.be.empty;
    expect(gateway!.answerer.asked).to.be.empty;
    const { status, id } = await send(url, payment);
    expect(status).to.equal(200);
    await paymentIn(gateway!.payments, id!, "captured");
  });

  for (const [what, change] of [
    ["another payee", { payTo: `0x${"e6".repeat(20)}` }],
    ["less than anything costs", { amount: "1" }],
    ["nothing", { amount: "0" }],
  ] as const)
    it(`spends no gas for ${what}`, async () => {
      const url = `${host.url}/v1/infer/credit`;
      const payload = decodePaymentSignatureHeader(await sign(url));
      const response = await fetch(`${host.url}/facilitator/settle`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          ...{ x402Version: 2, paymentPayload: payload },
          paymentRequirements: { ...payload.accepted, ...change },
        }),
      });
      expect(response.status).to.equal(403);
      expect(await response.json()).to.have.nested.property("error.code", "FACILITATOR_REFUSED");
    });

  it("sends one transaction for a payment that is brought many times at once", async () => {
    const payload = decodePaymentSignatureHeader(await sign(`${host.url}/v1/infer/credit`));
    const settled = await Promise.all(
      Array.from({ length: 4 }, () => client().settle(payload, payload.accepted)),
    );
    expect(settled.map(({ success }) => success)).to.deep.equal([true, true, true, true]);
    expect(new Set(settled.map(({ transaction }) => transaction)).size).to.equal(1);
  });
});

async function networkTo(target: string): Promise<Network> {
  const calls: string[] = [];
  const network: Omit<Network, "url" | "close"> = { calls, fateOf: () => "passed" };
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? "";
    const fate = network.fateOf(path, calls.filter((it) => it === path).length);
    calls.push(path);
    if (fate === "lost") return;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const answer = await fetch(`${target}${path}`, {
      method: request.method ?? "GET",
      ...(chunks.length === 0
        ? {}
        : { body: Buffer.concat(chunks), headers: { "content-type": "application/json" } }),
    });
    const body = await answer.text();
    if (fate === "unanswered") return;
    response.writeHead(answer.status, { "content-type": "application/json" }).end(body);
  };
  const server: Server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(network, {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
