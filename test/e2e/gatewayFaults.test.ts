import type { PaymentId } from "@vouch/protocol";
import { paymentId } from "@vouch/protocol";
import { createReader, createTokenReader } from "@vouch/gateway";
import type { PaymentRecord } from "@vouch/gateway";
import { expect } from "chai";
import { Signature, Wallet, ZeroHash, id } from "ethers";
import type { PaidChain } from "../helpers/paidChain.ts";
import { paidChain } from "../helpers/paidChain.ts";
import type { PaidGateway, PaidGatewayParts } from "../helpers/paidGateway.ts";
import { facilitatorOn, paidGateway, paymentIn } from "../helpers/paidGateway.ts";
import type { PaymentChange } from "../helpers/signPayment.ts";
import { requirementsOf, signPayment } from "../helpers/signPayment.ts";
import { DOMAIN } from "../helpers/trapdoorReceipt.ts";

const TENSOR = Array.from({ length: 20 }, (_, i) => i / 256);
const PRICE = 10n;

type Reader = ReturnType<typeof createReader>["getContractEvents"];

describe("payments that are not what they should be", function () {
  this.timeout(20_000);
  let chain: PaidChain;
  let gateway: PaidGateway;

  before(async () => {
    chain = await paidChain();
  });
  after(() => chain.close());
  afterEach(() => gateway.close());

  const open = async (parts: PaidGatewayParts = {}): Promise<void> => {
    gateway = await paidGateway(chain, { prices: { signature: PRICE }, ...parts });
  };
  const ask = (payment?: string, tensor = TENSOR): RequestInit => ({
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(payment === undefined ? {} : { "payment-signature": payment }),
    },
    body: JSON.stringify({ tensor }),
  });
  const url = () => `${gateway.url}/v1/infer/credit`;
  const sign = async (change: PaymentChange = {}, key = chain.payerKey) =>
    signPayment(await requirementsOf(url(), ask()), key, change);
  const send = async (payment: string) => {
    const response = await fetch(url(), ask(payment));
    const body = (await response.json()) as {
      error?: { code: string };
      payment?: { id: PaymentId };
    };
    return { status: response.status, code: body.error?.code, payment: body.payment?.id };
  };
  const paid = () => chain.token.balanceOf(chain.payTo);
  const served = async (change: PaymentChange = {}): Promise<PaymentId> => {
    const { payment } = await send(await sign(change));
    return payment!;
  };
  const endOf = (payment: PaymentId, state: PaymentRecord["state"]) =>
    paymentIn(gateway.payments, payment, state);

  for (const [name, change, code] of [
    ["signed for another chain", { chainId: 1n }, "PAYMENT_INVALID"],
    ["of less than the price", { value: PRICE - 1n }, "PAYMENT_INVALID"],
    ["to somebody else", { to: `0x${"e5".repeat(20)}` }, "PAYMENT_INVALID"],
    ["that expired", { validBefore: 1_700_000_000 }, "PAYMENT_INVALID"],
    [
      "that expires before it could be taken",
      { validBefore: Math.floor(Date.now() / 1000) + 60 },
      "PAYMENT_INVALID",
    ],
  ] as const) {
    it(`refuses one ${name}, and serves nothing`, async () => {
      await open();
      expect(await send(await sign(change))).to.include({ status: 402, code });
      expect(gateway.answerer.asked).to.be.empty;
      expect(await gateway.payments.open()).to.be.empty;
    });
  }

  it("refuses one of a payer without funds", async () => {
    await open();
    const poor = new Wallet(id("vouch.test.poor"));
    const { status, code } = await send(await sign({}, poor.privateKey as `0x${string}`));
    expect({ status, code }).to.deep.equal({ status: 402, code: "PAYMENT_INVALID" });
  });

  it("refuses headers that are no payment", async () => {
    await open();
    for (const header of ["%%%", btoa("{}"), btoa('{"x402Version":1}')])
      expect(await send(header)).to.include({ status: 400, code: "PAYMENT_MALFORMED" });
  });

  it("serves a payer no more than its funds cover, however many come at once", async () => {
    const payer = new Wallet(id("vouch.test.short"));
    await (await chain.token.mint(payer.address, 2n * PRICE)).wait();
    const facilitator = facilitatorOn(chain);
    await open({
      facilitator: { ...facilitator, settle: () => new Promise(() => undefined) },
      terms: { settleConcurrency: 1 },
    });
    const payments = await Promise.all(
      Array.from({ length: 5 }, () => sign({}, payer.privateKey as `0x${string}`)),
    );
    const answers = await Promise.all(payments.map(send));
    expect(answers.filter(({ status }) => status === 200)).to.have.length.at.most(2);
    expect(answers.filter(({ code }) => code === "PAYMENT_UNDERFUNDED")).to.have.length.at.least(3);
    // What was refused counts no more.
    const bound = await gateway.payments.open();
    const rest = 2 - bound.length;
    for (let i = 0; i < rest; i++) {
      const again = await sign({}, payer.privateKey as `0x${string}`);
      expect(await send(again)).to.include({ status: 200 });
    }
    expect(await gateway.payments.open()).to.have.lengthOf(2);
  });

  it("bounds what one payer may owe", async () => {
    const facilitator = facilitatorOn(chain);
    await open({
      facilitator: { ...facilitator, settle: () => Promise.reject(new Error("not now")) },
      terms: { maxUnsettledPerPayer: 1 },
    });
    expect(await send(await sign())).to.include({ status: 200 });
    expect(await send(await sign())).to.include({ status: 429, code: "TOO_MANY_UNSETTLED" });
  });

  it("computes and takes one payment once, however many ask with it at once", async () => {
    await open();
    const before = await paid();
    const payment = await sign();
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(payment)));
    expect(answers.every(({ status }) => status === 200)).to.be.true;
    expect(gateway.answerer.asked).to.have.lengthOf(1);
    await endOf(answers[0]!.payment!, "captured");
    expect(await paid()).to.equal(before + PRICE);
  });

  describe("given a facilitator that times out", () => {
    for (const [name, sends] of [
      ["after it sent the transfer", true],
      ["before it sent anything", false],
    ] as const) {
      it(`takes the payment once, ${name}`, async () => {
        const facilitator = facilitatorOn(chain);
        let calls = 0;
        await open({
          facilitator: {
            ...facilitator,
            async settle(payment, requirements) {
              calls++;
              if (calls === 1 && !sends) throw new Error("timed out");
              const settled = await facilitator.settle(payment, requirements);
              if (calls === 1) throw new Error("timed out");
              return settled;
            },
          },
        });
        const before = await paid();
        await endOf(await served(), "captured");
        expect(calls).to.equal(sends ? 1 : 2);
        expect(await paid()).to.equal(before + PRICE);
      });
    }

    it("asks for the payment again where it could not be verified, and binds nothing", async () => {
      const facilitator = facilitatorOn(chain);
      let isDown = true;
      await open({
        facilitator: {
          ...facilitator,
          verify: (payment, requirements) =>
            isDown
              ? Promise.reject(new Error("timed out"))
              : facilitator.verify(payment, requirements),
        },
      });
      const payment = await sign();
      expect(await send(payment)).to.include({ status: 503, code: "FACILITATOR_UNAVAILABLE" });
      expect(await gateway.payments.open()).to.be.empty;
      isDown = false;
      await endOf((await send(payment)).payment!, "captured");
    });
  });

  describe("given a payer that spends the nonce otherwise, once it is served", () => {
    it("counts a cancelled authorization as failed, not as paid", async () => {
      let cancel: () => Promise<void> = () => Promise.resolve();
      const facilitator = facilitatorOn(chain);
      await open({
        facilitator: {
          ...facilitator,
          async settle(payment, requirements) {
            await cancel();
            return facilitator.settle(payment, requirements);
          },
        },
      });
      const nonce = id("cancelled");
      cancel = async () => {
        const types = {
          CancelAuthorization: [
            { name: "authorizer", type: "address" },
            { name: "nonce", type: "bytes32" },
          ],
        };
        const payer = new Wallet(chain.payerKey);
        const domain = {
          ...{ name: "Authorization", version: "1", chainId: DOMAIN.chainId },
          verifyingContract: chain.asset,
        };
        const value = { authorizer: payer.address, nonce };
        const { v, r, s } = Signature.from(await payer.signTypedData(domain, types, value));
        await (await chain.token.cancelAuthorization(payer.address, nonce, v, r, s)).wait();
        cancel = () => Promise.resolve();
      };
      const before = await paid();
      const { facts } = await endOf(await served({ nonce }), "failed");
      expect(facts.reason).to.equal("AUTHORIZATION_SPENT");
      expect(await paid()).to.equal(before);
    });

    it("takes no other transfer for the payment's", async () => {
      await open();
      const nonce = id("moved elsewhere");
      const elsewhere = `0x${"e6".repeat(20)}` as const;
      const payment = await served({ nonce });
      const { binding } = await endOf(payment, "captured");
      const tokens = createTokenReader(
        createReader({ chainId: DOMAIN.chainId, rpcUrl: chain.rpcUrl }),
      );
      expect(await tokens.find(binding)).to.include({ kind: "paid" });
      expect(await tokens.find({ ...binding, payTo: elsewhere })).to.deep.equal({ kind: "spent" });
      expect(await tokens.find({ ...binding, amount: PRICE + 1n })).to.deep.equal({
        kind: "spent",
      });
      expect(await tokens.find({ ...binding, nonce: ZeroHash as never })).to.deep.equal({
        kind: "open",
      });
      const { chainId } = DOMAIN;
      expect(payment).to.equal(paymentId(chainId, chain.asset, chain.payer, nonce as never));
    });
  });

  it("captures a payment whose logs come later than the use of its nonce, and sends nothing more", async () => {
    const reader = createReader({ chainId: DOMAIN.chainId, rpcUrl: chain.rpcUrl });
    let hidden = 0;
    // A node that lags behind the one that says that the nonce is used.
    const lagging = {
      ...reader,
      getContractEvents: ((asked) =>
        hidden++ < 4 ? Promise.resolve([]) : reader.getContractEvents(asked)) as Reader,
    };
    const facilitator = facilitatorOn(chain);
    let settled = 0;
    await open({
      tokens: createTokenReader(lagging),
      facilitator: {
        ...facilitator,
        settle(payment, requirements) {
          settled++;
          return facilitator.settle(payment, requirements);
        },
      },
    });
    const before = await paid();
    await endOf(await served(), "captured");
    expect(hidden).to.be.greaterThan(4);
    expect([settled, await paid()]).to.deep.equal([1, before + PRICE]);
  });

  it("takes a payment again that a reorganisation took back", async () => {
    await open({ terms: { confirmations: 2 } });
    const before = await paid();
    const snapshot: unknown = await chain.provider.send("evm_snapshot", []);
    const payment = await served();
    const until = async (balance: bigint) => {
      while ((await paid()) !== balance) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await until(before + PRICE);
    expect((await gateway.payments.get(payment))?.state).to.equal("served");
    await chain.provider.send("evm_revert", [snapshot]);
    await chain.provider.send("hardhat_mine", ["0x5"]); // the other branch is the longer one
    await until(before + PRICE);
    await chain.provider.send("hardhat_mine", ["0x2"]);
    await endOf(payment, "captured");
    expect(await paid()).to.equal(before + PRICE);
  });

  describe("given an answer that does not hold", () => {
    it("withholds one of another kind of evidence, and takes nothing", async () => {
      await open();
      gateway.answerer.bend = (receipt) => ({ ...receipt, evidence: [] });
      const payment = await sign();
      expect(await send(payment)).to.include({ status: 502, code: "ANSWER_UNSOUND" });
      expect((await gateway.payments.open()).map(({ state }) => state)).to.deep.equal(["verified"]);
      gateway.answerer.bend = (receipt) => receipt;
      await endOf((await send(payment)).payment!, "captured"); // the same payment, once it is mended
    });

    it("voids the payment of a receipt that does not verify", async () => {
      await open();
      gateway.answerer.bend = (receipt) => ({
        ...receipt,
        evidence: [{ kind: "signature", signature: `0x${"11".repeat(64)}1b`, path: [] } as never],
      });
      const before = await paid();
      const { facts } = await endOf(await served(), "voided");
      expect(facts.reason).to.equal("SIGNATURE_INVALID");
      expect(await paid()).to.equal(before);
    });
  });

  // Last, for it moves the chain's clock past every payment's end.
  describe("given an answer that never comes", () => {
    it("voids the payment, once it cannot be taken any more", async () => {
      await open();
      gateway.answerer.hold = () => Promise.reject(new Error("broken"));
      const payment = await sign();
      expect(await send(payment)).to.include({ status: 500, code: "ANSWER_FAILED" });
      const [record] = await gateway.payments.open();
      await chain.provider.send("evm_increaseTime", [600]);
      await chain.provider.send("hardhat_mine", ["0x1"]);
      expect((await endOf(record!.id, "voided")).facts.reason).to.equal("UNANSWERED");
      expect(await send(payment)).to.include({ status: 409, code: "PAYMENT_CLOSED" });
    });
  });
});
