import type { PaymentOnChain, PaymentRecord, TokenReader } from "@vouch/gateway";
import type { Hex, PaymentId, RequestId } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import type { SettleStepDeps } from "../../../offchain/gateway/payment/settleStep.ts";
import { UNCLEAR_SECONDS, settleStep } from "../../../offchain/gateway/payment/settleStep.ts";
import { memoryPayments, memoryReceipts } from "../../helpers/memoryPayments.ts";
import { SILENT } from "../../helpers/stores.ts";
import { DOMAIN, trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

const PAYMENT = id("payment") as PaymentId;
const REQUEST = id("request") as RequestId;
const TRANSACTION = id("transaction") as Hex;
const ADDRESS: Hex = `0x${"a1".repeat(20)}`;
const END = 1_900_000_000;

describe("settleStep", () => {
  let found: PaymentOnChain;
  let time: number;
  let sent: number;
  let deps: SettleStepDeps;
  let record: PaymentRecord;

  beforeEach(async () => {
    found = { kind: "open" };
    time = END - 1;
    sent = 0;
    const payments = memoryPayments();
    await payments.bind(PAYMENT, {
      ...{ request: REQUEST, resource: "/v1/infer/x", policyHash: TRANSACTION, payer: ADDRESS },
      ...{ payTo: ADDRESS, asset: ADDRESS, nonce: TRANSACTION, amount: 5n, validBefore: END },
      ...{ fromBlock: 1, terms: JSON.stringify({ payload: {}, requirements: {} }) },
    });
    record = await payments.transition(PAYMENT, ["verified"], "served", {});
    const receipts = memoryReceipts();
    const receipt = trapdoorReceipt({ domain: DOMAIN, request: REQUEST });
    await receipts.put(REQUEST, { receipt, generation: null, created: 1, payment: PAYMENT });
    const tokens: TokenReader = {
      head: () => Promise.resolve({ block: 10, time }),
      balanceOf: () => Promise.resolve(0n),
      find: () => Promise.resolve(found),
    };
    const settle: SettleStepDeps["paywall"]["settle"] = () => {
      sent += 1;
      return Promise.resolve({ success: true, transaction: TRANSACTION, network: "eip155:1" });
    };
    deps = { paywall: { settle }, payments, receipts, tokens, log: SILENT };
  });

  const step = (confirmations = 0) =>
    settleStep(record, { domain: DOMAIN, confirmations }, deps).then(({ kind }) => kind);
  const now = async () => {
    const { state, facts } = (await deps.payments.get(PAYMENT))!;
    return { state, ...facts };
  };

  describe("given a nonce that is not used", () => {
    it("sends the payment as long as it is good, and fails it then", async () => {
      expect(await step()).to.equal("sent");
      expect(sent).to.equal(1);
      time = END;
      expect(await step()).to.equal("ended");
      expect(await now()).to.deep.equal({ state: "failed", reason: "EXPIRED" });
      expect(sent).to.equal(1);
    });
  });

  describe("given the payment's transfer", () => {
    it("waits until it is under enough blocks", async () => {
      found = { kind: "paid", transaction: TRANSACTION, block: 9 };
      expect(await step(2)).to.equal("sent");
      expect(await step(1)).to.equal("ended");
      expect(await now()).to.deep.equal({ state: "captured", transaction: TRANSACTION });
      expect(sent).to.equal(0);
    });
  });

  describe("given a nonce that was cancelled", () => {
    it("fails the payment at once", async () => {
      found = { kind: "spent" };
      expect(await step()).to.equal("ended");
      expect(await now()).to.deep.equal({ state: "failed", reason: "AUTHORIZATION_SPENT" });
    });
  });

  describe("given a nonce that is used, and no log that tells by what", () => {
    beforeEach(() => {
      found = { kind: "unclear" };
    });

    it("looks again, and takes what it finds then for the payment's end", async () => {
      expect(await step()).to.equal("refused");
      time = END + UNCLEAR_SECONDS - 1;
      expect(await step()).to.equal("refused");
      expect(await now()).to.deep.equal({ state: "served" });
      found = { kind: "paid", transaction: TRANSACTION, block: 9 };
      expect(await step()).to.equal("ended");
      expect(await now()).to.deep.equal({ state: "captured", transaction: TRANSACTION });
      expect(sent).to.equal(0);
    });

    it("fails the payment where no log has come long behind its end", async () => {
      time = END + UNCLEAR_SECONDS;
      expect(await step()).to.equal("ended");
      expect(await now()).to.deep.equal({ state: "failed", reason: "AUTHORIZATION_SPENT" });
    });
  });
});
