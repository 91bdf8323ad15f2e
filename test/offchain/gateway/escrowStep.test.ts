import type { EscrowChain, PaymentRecord, PaymentState } from "@vouch/gateway";
import type { Hex, PaymentId, RequestId, RequestStatus } from "@vouch/protocol";
import {
  allOf,
  escrowPaymentToJson,
  parseReleaseId,
  parseRequestId,
  requireSignature,
} from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { createEscrowAnswerer } from "../../../offchain/gateway/payment/escrow/escrowAnswerer.ts";
import type { EscrowStepDeps } from "../../../offchain/gateway/payment/escrow/escrowStep.ts";
import { escrowStep } from "../../../offchain/gateway/payment/escrow/escrowStep.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { memoryPayments, memoryReceipts } from "../../helpers/memoryPayments.ts";
import { SILENT } from "../../helpers/stores.ts";
import { trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";

const NOW = 1_700_000_000;
const HEAD = 100;
const REQUEST: RequestId = parseRequestId(id("request"));
const PAYMENT = id("payment") as Hex as PaymentId;
const TRANSACTION = id("transaction") as Hex;
const ADDRESS: Hex = `0x${"a1".repeat(20)}`;
const RECEIPT = trapdoorReceipt({ request: REQUEST });

const payment = escrowPaymentToJson({
  requester: ADDRESS,
  params: {
    ...{ nonce: 1n, release: parseReleaseId(id("release")), input: [1n] },
    ...{ policy: allOf([requireSignature()]), token: ADDRESS, minFee: 5n, maxFee: 5n },
    ...{ rampStart: 0, stake: 0n, bond: 0n, cover: 0n, maxGasPrice: 0n, verificationGas: 0 },
    ...{ callbackGas: 0, provisionalGas: 0, lockDeadline: NOW + 120, deadline: NOW + 900 },
  },
  signature: `0x${"11".repeat(65)}`,
  funding: { way: "allowance" },
});

/** What the chain says, by turns; what was sent there. */
type Scene = {
  status: RequestStatus;
  /** As of the blocks that count. */
  confirmed?: RequestStatus;
  time: number;
  isPaid: boolean;
  readonly sent: string[];
};

describe("escrowStep", () => {
  let scene: Scene;
  let deps: EscrowStepDeps;
  let record: PaymentRecord;
  let chain: EscrowChain;

  beforeEach(async () => {
    scene = { status: "none", time: NOW, isPaid: true, sent: [] };
    chain = {
      head: () => Promise.resolve({ block: HEAD, time: scene.time }),
      statusOf: (_, block) =>
        Promise.resolve(block === undefined ? scene.status : (scene.confirmed ?? scene.status)),
      receiptOf: () => Promise.resolve(RECEIPT),
      settlementOf: () => Promise.resolve(scene.isPaid ? TRANSACTION : undefined),
      expire() {
        scene.sent.push("expire");
        return Promise.resolve();
      },
    };
    const payments = memoryPayments();
    record = await payments.bind(PAYMENT, {
      ...{ request: REQUEST, resource: "/v1/infer/x", policyHash: TRANSACTION, payer: ADDRESS },
      ...{ payTo: ADDRESS, asset: ADDRESS, nonce: REQUEST, amount: 5n, validBefore: NOW + 900 },
      ...{
        fromBlock: 1,
        terms: JSON.stringify({ payload: { payload: payment }, requirements: {} }),
      },
    });
    const settle: EscrowStepDeps["paywall"]["settle"] = () => {
      scene.sent.push("settle");
      return Promise.resolve({ success: true, transaction: "", network: "eip155:1" });
    };
    deps = { chain, paywall: { settle }, payments, receipts: memoryReceipts(), log: SILENT };
  });

  const step = (confirmations = 0) => escrowStep(record, { confirmations }, deps);
  const now = async () => (await deps.payments.get(PAYMENT))!;
  const keeps = async () => (await deps.receipts.get(REQUEST))?.receipt === RECEIPT;

  it("makes a request that the chain does not have, as long as it may be made", async () => {
    expect(await step()).to.deep.equal({ kind: "sent" });
    scene.time = NOW + 120;
    await step();
    expect(scene.sent).to.deep.equal(["settle", "settle"]);
  });

  it("voids one that was never made, and sends nothing more", async () => {
    scene.time = NOW + 121;
    expect((await step()).kind).to.equal("ended");
    expect(await now()).to.deep.include({ state: "voided", facts: { reason: "NOT_ESCROWED" } });
    expect(scene.sent).to.be.empty;
  });

  for (const [status, deadline] of [
    ["open", NOW + 120],
    ["locked", NOW + 900],
  ] as const) {
    it(`waits while it is ${status}, and has it refunded behind the deadline`, async () => {
      scene = { ...scene, status, time: deadline };
      expect(await step()).to.deep.equal({ kind: "sent" });
      expect(scene.sent).to.be.empty;
      scene.time = deadline + 1;
      expect(await step()).to.deep.equal({ kind: "sent" });
      expect(scene.sent).to.deep.equal(["expire"]);
      expect((await now()).state).to.equal("verified"); // until the contract says so
    });
  }

  for (const status of ["provisional", "challenged"] as const) {
    it(`keeps the receipt of an answer that is ${status}, which is not paid for yet`, async () => {
      scene.status = status;
      expect(await step()).to.deep.equal({ kind: "sent" });
      expect(await keeps()).to.equal(true);
      expect(await now()).to.deep.include({ state: "served", facts: {} });
    });
  }

  it("captures what a challenge did not overturn, and voids what it did", async () => {
    scene.status = "provisional";
    await step();
    scene.status = "overturned";
    expect((await step()).kind).to.equal("ended");
    const facts = { reason: "REQUEST_OVERTURNED" };
    expect(await now()).to.deep.include({ state: "voided", facts });
  });

  it("captures by the transaction that paid", async () => {
    scene.status = "fulfilled";
    expect((await step()).kind).to.equal("ended");
    const facts = { transaction: TRANSACTION };
    expect(await now()).to.deep.include({ state: "captured", facts });
    expect(await keeps()).to.equal(true);
  });

  it("does not say captured of an answer after the refund, which nobody was paid for", async () => {
    scene = { ...scene, status: "fulfilled", isPaid: false };
    await step();
    expect(await now()).to.deep.include({ state: "voided", facts: { reason: "ANSWERED_LATE" } });
    expect(await keeps()).to.equal(true);
  });

  for (const [status, state] of [
    ["fulfilled", "captured"],
    ["expired", "voided"],
    ["cancelled", "voided"],
  ] as const satisfies readonly (readonly [RequestStatus, PaymentState])[]) {
    it(`says ${state} only under enough blocks`, async () => {
      scene = { ...scene, status, confirmed: "locked" };
      expect(await step(3)).to.deep.equal({ kind: "sent" });
      expect((await now()).state).to.equal("verified");
      delete scene.confirmed;
      expect((await step(3)).kind).to.equal("ended");
      expect((await now()).state).to.equal(state);
    });
  }

  describe("the answer that is waited for", () => {
    const infer = (signal = AbortSignal.timeout(5_000)) =>
      createEscrowAnswerer(1, { chain, payments: deps.payments, log: SILENT })(PAYMENT, {
        ...{ release: RECEIPT.statement.release, policy: allOf([requireSignature()]) },
        ...{ requestId: REQUEST, input: [1n], signal },
      });

    for (const status of ["provisional", "challenged", "fulfilled"] as const) {
      it(`is given where it is ${status}`, async () => {
        scene.status = status;
        expect(await infer()).to.equal(RECEIPT);
      });
    }
    for (const status of ["overturned", "cancelled", "expired"] as const) {
      it(`is an error where the request is ${status}`, async () => {
        scene.status = status;
        expect(await codeOfPromise(infer())).to.equal("ESCROW_VOIDED");
      });
    }
    it("is an error where the request was never made", async () => {
      scene.time = NOW + 121;
      await step();
      expect(await codeOfPromise(infer())).to.equal("ESCROW_VOIDED");
    });
    it("comes when the chain has it", async () => {
      const waiting = infer();
      scene.status = "locked";
      await step();
      scene.status = "fulfilled";
      expect(await waiting).to.equal(RECEIPT);
    });
    it("is looked for again where the node failed", async () => {
      scene.status = "fulfilled";
      let failures = 2;
      const { receiptOf } = chain;
      chain = {
        ...chain,
        receiptOf: (request) =>
          failures-- > 0 ? Promise.reject(new Error("connection lost")) : receiptOf(request),
      };
      expect(await infer()).to.equal(RECEIPT);
      expect(failures).to.equal(-1);
    });
    it("is waited for no longer than asked", async () => {
      const stop = new AbortController();
      const waiting = infer(stop.signal).then(
        () => "answered",
        () => "stopped",
      );
      stop.abort();
      expect(await waiting).to.equal("stopped");
    });
  });
});
