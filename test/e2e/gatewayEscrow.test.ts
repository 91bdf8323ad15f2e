import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FacilitatorClient } from "@x402/core/server";
import {
  decodePaymentRequiredHeader,
  decodePaymentSignatureHeader,
  encodePaymentSignatureHeader,
} from "@x402/core/http";
import type { PaymentState } from "@vouch/gateway";
import { storedPayments } from "@vouch/gateway";
import { openStore } from "@vouch/queue";
import { parseReceipt, verifyReceipt } from "@vouch/protocol";
import type { Policy, RequestId } from "@vouch/protocol";
import { expect } from "chai";
import { Wallet, id } from "ethers";
import type { EscrowGateway, EscrowScenario } from "../helpers/escrowGateway.ts";
import {
  FEE,
  FUNDS,
  PROOF,
  SIGNATURE,
  askOf,
  escrowFacilitator,
  escrowFetch,
  escrowGateway,
  openEscrowScenario,
  questionOf,
} from "../helpers/escrowGateway.ts";
import { SILENT, fillFolder } from "../helpers/stores.ts";
import { until } from "../helpers/until.ts";

type Answer = {
  readonly id: RequestId;
  readonly receipt: unknown;
  readonly payment: { readonly id: string; readonly state: string };
};
type Found = {
  readonly receipt: unknown;
  readonly payment: { readonly state: PaymentState; readonly reason: string | null };
};

describe("a gateway that is paid on proof", function () {
  this.timeout(120_000);
  let scenario: EscrowScenario;
  let gateway: EscrowGateway;

  before(async () => {
    scenario = await openEscrowScenario();
  });
  after(() => scenario.close());
  afterEach(() => gateway.close());

  const open = async (parts: Parameters<typeof escrowGateway>[1] = {}): Promise<void> => {
    gateway = await escrowGateway(scenario, parts);
  };
  const ask = (row: number, policy = "signature", payment?: string): RequestInit => ({
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-vouch-policy": policy,
      ...(payment === undefined ? {} : { "payment-signature": payment }),
    },
    body: JSON.stringify({ tensor: questionOf(scenario, row).tensor }),
  });
  const url = () => `${gateway.url}/v1/infer/tiny`;
  /** Pays for a row; returns the answer, and the header that paid. */
  const buy = async (row: number, name: "signature" | "zk", policy: Policy) => {
    let header = "";
    const keeping: typeof fetch = (input, init) => {
      const request = new Request(input, init);
      header = request.headers.get("payment-signature") ?? header;
      return fetch(request);
    };
    const pay = escrowFetch(scenario, askOf(scenario, row, policy), keeping);
    const response = await pay(url(), ask(row, name));
    return { response, header: () => header };
  };
  /** Serves until the work is done. */
  const served = async <T>(work: Promise<T>): Promise<T> => {
    const stop = new AbortController();
    const serving = scenario.worker.start(stop.signal);
    try {
      return await work;
    } finally {
      stop.abort();
      await serving;
    }
  };
  const found = async (request: string): Promise<Found> =>
    (await (await fetch(`${gateway.url}/v1/receipts/${request}`)).json()) as Found;
  const balance = () => scenario.token.balanceOf(scenario.payer.address);
  const credit = (of: string) => scenario.chain.contracts.requests.creditOf(scenario.asset, of);
  const operator = () => scenario.cast.operator.address;
  const madeBy = async () => {
    const { requests } = scenario.chain.contracts;
    return requests.queryFilter(
      requests.filters.InferenceRequested(undefined, undefined, scenario.payer.address),
    );
  };
  const stateOf = async () => (await gateway.payments.open()).map(({ state }) => state);

  it("offers each way to settle a price, and says which of them can be voided", async () => {
    await open();
    const response = await fetch(url(), {
      ...ask(0),
      headers: { "content-type": "application/json" },
    });
    const { accepts } = decodePaymentRequiredHeader(response.headers.get("payment-required")!);
    const ways = accepts.map(({ scheme, amount, payTo, extra }) => {
      const { policy, settlement, voidable } = extra["vouch"] as Record<string, unknown>;
      return {
        scheme,
        amount,
        policy,
        settlement,
        voidable,
        isEscrow: payTo === scenario.requests,
      };
    });
    expect(ways).to.deep.equal([
      {
        ...{ scheme: "exact", amount: "1000", policy: "signature", settlement: "payment" },
        ...{ voidable: false, isEscrow: false },
      },
      {
        ...{ scheme: "vouch-escrow", amount: "1000", policy: "signature" },
        ...{ settlement: "individual", voidable: true, isEscrow: true },
      },
      {
        ...{ scheme: "vouch-escrow", amount: "2000", policy: "zk" },
        ...{ settlement: "individual", voidable: true, isEscrow: true },
      },
    ]);
  });

  for (const [name, policy, fee, kinds, row] of [
    ["signature", SIGNATURE, FEE, ["signature"], 0],
    ["zk", PROOF, 2n * FEE, ["signature", "zk"], 1],
  ] as const) {
    it(`answers under policy ${name}, and the contract pays for what it verified`, async () => {
      await open();
      const [payer, earned] = [await balance(), await credit(operator())];
      const { response } = await served(buy(row, name, policy));
      expect(response.status).to.equal(200);
      const answer = (await response.json()) as Answer;
      const receipt = parseReceipt(answer.receipt);
      const verification = verifyReceipt(receipt, {
        ...{ request: answer.id, ...scenario.chain.domain, release: scenario.open.id },
      });
      expect([...verification.assurance.kinds].sort()).to.deep.equal(kinds);
      await until("captured", async () => (await found(answer.id)).payment.state === "captured");
      expect(await balance()).to.equal(payer - fee);
      expect(await credit(operator())).to.equal(earned + fee);
    });
  }

  it("gives the same answer for the same payment, and makes its request once", async () => {
    await open();
    const { response, header } = await served(buy(2, "signature", SIGNATURE));
    const first = (await response.json()) as Answer;
    await until("captured", async () => (await found(first.id)).payment.state === "captured");
    const made = (await madeBy()).length;
    const again = await fetch(url(), ask(2, "signature", header()));
    expect(again.status).to.equal(200);
    const repeated = (await again.json()) as Answer;
    expect(repeated.receipt).to.deep.equal(first.receipt);
    expect(repeated.payment.state).to.equal("captured");
    expect((await madeBy()).length).to.equal(made);
  });

  it("refuses a payment for another input, or another policy", async () => {
    await open();
    const { header } = await served(buy(3, "signature", SIGNATURE));
    for (const other of [ask(4, "signature", header()), ask(3, "zk", header())]) {
      const response = await fetch(url(), other);
      expect(response.status).to.equal(402);
      expect(await response.json()).to.have.nested.property("error.code", "PAYMENT_NOT_OFFERED");
    }
  });

  it("gives nothing for a payment whose offer was exchanged for another input's", async () => {
    await open();
    const { header } = await served(buy(3, "signature", SIGNATURE));
    const payment = decodePaymentSignatureHeader(header());
    const offers = await fetch(url(), ask(4));
    const required = decodePaymentRequiredHeader(offers.headers.get("payment-required")!);
    const accepted = required.accepts.find(({ scheme }) => scheme === "vouch-escrow")!;
    const exchanged = encodePaymentSignatureHeader({ ...payment, accepted });
    const response = await fetch(url(), ask(4, "signature", exchanged));
    expect(response.status).to.equal(402);
    expect(await response.json()).to.have.nested.property("error.code", "PAYMENT_INVALID");
  });

  it("refuses a payer whose funds do not cover it, before anything is sent", async () => {
    await open();
    const made = (await madeBy()).length;
    const poor = { ...scenario, payer: new Wallet(id("vouch.test.poor")) };
    const response = await escrowFetch(poor, askOf(scenario, 4))(url(), ask(4));
    expect(response.status).to.equal(402);
    expect(await response.json()).to.have.nested.property("error.code", "PAYMENT_INVALID");
    expect(await stateOf()).to.be.empty;
    expect((await madeBy()).length).to.equal(made);
  });

  for (const [what, ahead] of [
    ["that no operator has the time to take", -61],
    ["that stays open for much longer than was offered", 125],
  ] as const) {
    it(`spends no gas on a request ${what}`, async () => {
      await open();
      const made = (await madeBy()).length;
      const pay = escrowFetch(scenario, askOf(scenario, 4), fetch, ahead);
      const response = await pay(url(), ask(4));
      expect(response.status).to.equal(402);
      expect(await response.json()).to.have.nested.property("error.code", "PAYMENT_INVALID");
      expect((await madeBy()).length).to.equal(made);
    });
  }

  it("mounts no escrow for others, whose terms could be any", async () => {
    await open();
    const supported = await fetch(`${gateway.url}/facilitator/supported`);
    const { kinds } = (await supported.json()) as { kinds: { scheme: string }[] };
    expect(kinds.map(({ scheme }) => scheme)).to.deep.equal(["exact"]);
    const { header } = await served(buy(4, "signature", SIGNATURE));
    const paymentPayload = decodePaymentSignatureHeader(header());
    const response = await fetch(`${gateway.url}/facilitator/settle`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        ...{ x402Version: 2, paymentPayload, paymentRequirements: paymentPayload.accepted },
      }),
    });
    expect(response.status).to.equal(403);
    expect(await response.json()).to.have.nested.property("error.code", "FACILITATOR_REFUSED");
  });

  describe("given a facilitator that times out after it made the request", () => {
    it("makes it once, and captures it", async () => {
      const facilitator = escrowFacilitator(scenario);
      let calls = 0;
      const lossy: FacilitatorClient = {
        ...facilitator,
        async settle(payment, requirements) {
          calls += 1;
          const settled = await facilitator.settle(payment, requirements);
          if (calls === 1) throw new Error("timed out");
          return settled;
        },
      };
      await open({ facilitator: lossy });
      const made = (await madeBy()).length;
      const { response } = await served(buy(4, "signature", SIGNATURE));
      const { id } = (await response.json()) as Answer;
      await until("captured", async () => (await found(id)).payment.state === "captured");
      expect((await madeBy()).length).to.equal(made + 1);
      expect(calls).to.equal(1);
    });
  });

  describe("given a gateway that ends while a request is open", () => {
    it("keeps the receipt and says captured when it is back, though nobody asks", async () => {
      const folder = mkdtempSync(join(tmpdir(), "vouch-escrow-"));
      await fillFolder(folder);
      const first = await openStore({ folder }, { log: SILENT });
      await open({ options: { answerTimeoutMs: 200 }, payments: storedPayments(first.sql) });
      const { response } = await buy(5, "signature", SIGNATURE);
      expect(response.status).to.equal(504);
      const [record] = await gateway.payments.open();
      expect(record?.state).to.equal("verified");
      const { request } = record!.binding;
      await gateway.close();
      await first.close();
      const { requests } = scenario.chain.contracts;
      await served(until("fulfilled", async () => (await requests.statusOf(request)) === 5n));

      const second = await openStore({ folder }, { log: SILENT });
      await open({ payments: storedPayments(second.sql) });
      const { payments } = gateway;
      await until("captured", async () => (await payments.get(record!.id))?.state === "captured");
      expect(parseReceipt((await found(request)).receipt).statement.request).to.equal(request);
      await gateway.close();
      await second.close();
    });
  });

  // Last, for they move the chain's clock.
  describe("given that no operator answers", () => {
    it("has the escrow given back, and says voided", async () => {
      await open({ options: { answerTimeoutMs: 200 } });
      const [payer, refunded] = [await balance(), await credit(scenario.payer.address)];
      const { response, header } = await buy(6, "signature", SIGNATURE);
      expect(response.status).to.equal(504);
      expect(await balance()).to.equal(payer - FEE);
      const [record] = await gateway.payments.open();
      await scenario.chain.connection.networkHelpers.time.increase(121);
      await until("voided", async () => {
        return (await gateway.payments.get(record!.id))?.state === "voided";
      });
      expect((await gateway.payments.get(record!.id))?.facts.reason).to.equal("REQUEST_EXPIRED");
      expect(await credit(scenario.payer.address)).to.equal(refunded + FEE);
      const again = await fetch(url(), ask(6, "signature", header()));
      expect(again.status).to.equal(409);
      expect(await again.json()).to.have.nested.property("error.code", "PAYMENT_CLOSED");
    });

    it("tells who still waits for it", async () => {
      await open();
      const waiting = buy(7, "signature", SIGNATURE);
      await until("made", async () => (await gateway.payments.open()).length === 1);
      const [{ binding }] = (await gateway.payments.open()) as [
        Awaited<ReturnType<typeof gateway.payments.open>>[number],
      ];
      const { requests } = scenario.chain.contracts;
      await until("open", async () => (await requests.statusOf(binding.request)) === 1n);
      await scenario.chain.connection.networkHelpers.time.increase(121);
      const { response } = await waiting;
      expect(response.status).to.equal(409);
      expect(await response.json()).to.have.nested.property("error.code", "ESCROW_VOIDED");
    });
  });

  describe("when all is done", () => {
    it("leaves requester and operator with what there was, together", async () => {
      await open();
      const held = await scenario.token.balanceOf(scenario.requests);
      expect(held).to.equal((await credit(operator())) + (await credit(scenario.payer.address)));
      expect((await balance()) + held).to.equal(FUNDS);
    });
  });
});
