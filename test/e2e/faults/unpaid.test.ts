import type { FacilitatorClient } from "@x402/core/server";
import type { PaymentRecord } from "@vouch/gateway";
import type { PaymentId } from "@vouch/protocol";
import { expect } from "chai";
import type { HDNodeWallet } from "ethers";
import { Transaction, Wallet } from "ethers";
import type { PaidChain } from "../../helpers/paidChain.ts";
import { paidChain } from "../../helpers/paidChain.ts";
import type { PaidGateway } from "../../helpers/paidGateway.ts";
import { facilitatorOn, paidGateway, paymentIn } from "../../helpers/paidGateway.ts";
import { differences, tableOf } from "../../helpers/reconcile.ts";
import type { PaymentBooks } from "../../helpers/reconcilePayments.ts";
import { openPaymentBooks, reconcilePayments } from "../../helpers/reconcilePayments.ts";
import type { PaymentChange } from "../../helpers/signPayment.ts";
import { requirementsOf, signPayment } from "../../helpers/signPayment.ts";
import { until } from "../../helpers/until.ts";

const PRICE = 10n;
const ELSEWHERE = `0x${"e6".repeat(20)}`;
const TENSOR = Array.from({ length: 20 }, (_, i) => i / 256);

type Sent = { readonly status: number; readonly code?: string; readonly payment?: PaymentId };

describe("payments that come to nothing between answer and settlement", function () {
  this.timeout(60_000);
  let chain: PaidChain;
  let gateway: PaidGateway;
  let payer: HDNodeWallet;
  let opening: PaymentBooks;
  /** Called before each try to settle. */
  let beforeSettling: () => Promise<void>;

  before(async () => {
    chain = await paidChain();
  });
  after(() => chain.close());

  beforeEach(async () => {
    payer = Wallet.createRandom(chain.provider);
    await (await chain.token.mint(payer.address, PRICE)).wait();
    const deployer = await chain.provider.getSigner(0);
    await (await deployer.sendTransaction({ to: payer.address, value: 10n ** 18n })).wait();
    beforeSettling = () => Promise.resolve();
    const facilitator = facilitatorOn(chain);
    const watched: FacilitatorClient = {
      verify: (payment, requirements) => facilitator.verify(payment, requirements),
      getSupported: () => facilitator.getSupported(),
      async settle(payment, requirements) {
        await beforeSettling();
        return facilitator.settle(payment, requirements);
      },
    };
    gateway = await paidGateway(chain, { prices: { signature: PRICE }, facilitator: watched });
    opening = await openPaymentBooks(chain);
  });
  afterEach(() => gateway.close());

  const url = (): string => `${gateway.url}/v1/infer/credit`;
  const ask = (payment?: string): RequestInit => ({
    method: "POST",
    headers: {
      "content-type": "application/json",
      ...(payment === undefined ? {} : { "payment-signature": payment }),
    },
    body: JSON.stringify({ tensor: TENSOR }),
  });
  const sign = async (change: PaymentChange = {}): Promise<string> =>
    signPayment(await requirementsOf(url(), ask()), payer.privateKey as `0x${string}`, change);
  const send = async (payment: string): Promise<Sent> => {
    const response = await fetch(url(), ask(payment));
    const body = (await response.json()) as {
      readonly error?: { readonly code: string };
      readonly payment?: { readonly id: PaymentId };
    };
    const { error, payment: bound } = body;
    return {
      status: response.status,
      ...(error === undefined ? {} : { code: error.code }),
      ...(bound === undefined ? {} : { payment: bound.id }),
    };
  };
  const endOf = (payment: PaymentId, state: PaymentRecord["state"]): Promise<PaymentRecord> =>
    paymentIn(gateway.payments, payment, state);
  const mined = async (sent: Promise<{ readonly wait: () => Promise<unknown> }>): Promise<void> => {
    await (await sent).wait();
  };
  const balanced = async (title: string, payments: readonly PaymentRecord[]): Promise<void> => {
    const rows = await reconcilePayments(payments, opening, chain);
    process.stderr.write(tableOf(title, rows));
    expect(differences(rows)).to.be.empty;
  };
  /** Moves the payer's funds away before the first try, and counts tries. */
  const movedAway = (): { readonly tries: () => number } => {
    let tries = 0;
    beforeSettling = async () => {
      tries += 1;
      if (tries === 1) await mined(chain.token.connect(payer).transfer(ELSEWHERE, PRICE));
    };
    return { tries: () => tries };
  };

  it("are taken once their payer's balance, which was moved away, is back", async () => {
    const { tries } = movedAway();
    const { status, payment } = await send(await sign());
    expect(status).to.equal(200);
    await until("it was tried again", () => tries() > 2);
    expect((await gateway.payments.get(payment!))?.state).to.equal("served");
    await mined(chain.token.mint(payer.address, PRICE));
    await balanced("a balance that was away", [await endOf(payment!, "captured")]);
  });

  it("are neither bound nor taken where they are signed for a fork's chain", async () => {
    const sent = await send(await sign({ chainId: 61n }));
    expect(sent).to.deep.equal({ status: 402, code: "PAYMENT_INVALID" });
    expect(await gateway.payments.open()).to.be.empty;
    await balanced("a payment of a fork", []);
  });

  it("are moved once where a reorganisation takes a captured one back, whoever brings it again", async () => {
    const snapshot: unknown = await chain.provider.send("evm_snapshot", []);
    const header = await sign();
    const { payment } = await send(header);
    const { facts } = await endOf(payment!, "captured");
    const sent = await chain.provider.getTransaction(facts.transaction!); // it is captured
    await chain.provider.send("evm_revert", [snapshot]);
    expect((await openPaymentBooks(chain)).paid).to.equal(opening.paid);

    // The client's retry is answered from the record; nodes put what a block that is gone held into the next.
    expect(await send(header)).to.deep.equal({ status: 200, payment });
    expect(gateway.answerer.asked).to.have.lengthOf(1);
    const raw = Transaction.from(sent!).serialized;
    await mined(chain.provider.broadcastTransaction(raw));
    await balanced("a reorganisation behind the capture", [await endOf(payment!, "captured")]);
  });

  // Last, for they move the chain's clock past every payment's end.
  for (const [what, prepare] of [
    ["whose balance never comes back", movedAway],
    [
      "that no facilitator sent in time",
      () => {
        beforeSettling = () => Promise.reject(new Error("timed out"));
      },
    ],
  ] as const)
    it(`are written off at their end, and take nothing: one ${what}`, async () => {
      prepare();
      const { timestamp } = (await chain.provider.getBlock("latest"))!; // there is one
      const validBefore = Math.max(timestamp, Math.floor(Date.now() / 1_000)) + 300;
      const { status, payment } = await send(await sign({ validBefore }));
      expect(status).to.equal(200);
      await chain.provider.send("evm_increaseTime", [600]);
      await chain.provider.send("hardhat_mine", ["0x1"]);
      const record = await endOf(payment!, "failed");
      expect(record.facts.reason).to.equal("EXPIRED");
      await balanced(`a payment ${what}`, [record]);
    });
});
