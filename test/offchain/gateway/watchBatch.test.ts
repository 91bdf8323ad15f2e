import type { PostedBatch, VoucherBatch, BatchedVoucher } from "@vouch/queue";
import type { Hex, PaymentId, Voucher } from "@vouch/protocol";
import {
  allOf,
  parseReleaseId,
  parseRequestId,
  requireSignature,
  voucherPaymentToJson,
} from "@vouch/protocol";
import { expect } from "chai";
import { SigningKey, id } from "ethers";
import type { ItemRefusal } from "../../../offchain/gateway/payment/voucher/ledgerChain.ts";
import type { WatchDeps } from "../../../offchain/gateway/payment/voucher/watchBatch.ts";
import { watchBatch } from "../../../offchain/gateway/payment/voucher/watchBatch.ts";
import { SILENT } from "../../helpers/stores.ts";
import { DOMAIN } from "../../helpers/trapdoorReceipt.ts";

const hash = (name: string): Hex => id(name) as Hex;
const addressOf = (name: string): Hex => `0x${hash(name).slice(26)}`;
const LEDGER = addressOf("ledger");
const [PAYER, OPERATOR, TOKEN] = [addressOf("payer"), addressOf("operator"), addressOf("token")];
const PAYMENT = hash("payment") as PaymentId;
const REQUEST = parseRequestId(hash("request"));
const NOW = 1_700_000_000;

const posted: PostedBatch = {
  ...{ batch: 7n, postedAt: NOW - 200_000, block: 10, transaction: hash("post") },
};
const batch: VoucherBatch = {
  ...{ root: hash("leaf"), ledger: LEDGER, count: 1, bond: 3n, note: null, fromBlock: 5 },
  ...{ attempt: 0, posted },
};
const voucher: Voucher = {
  ...{ requester: PAYER, operator: OPERATOR, token: TOKEN, amount: 10n, nonce: 1n, deadline: NOW },
  terms: {
    ...{ release: parseReleaseId(hash("release")), request: REQUEST, inputHash: hash("input") },
    policy: allOf([requireSignature()]),
  },
};
const signature = new SigningKey(hash("key")).sign(hash("voucher")).serialized as Hex;
const item: BatchedVoucher<PaymentId> = {
  ...{ payment: PAYMENT, index: 0, leaf: hash("leaf"), outputHash: hash("output"), amount: 10n },
  ...{ claimed: hash("claimed"), record: null },
  paid: {
    id: PAYMENT,
    binding: {
      ...{ request: REQUEST, resource: "/v1/infer/x", policyHash: hash("policy"), payer: PAYER },
      ...{ payTo: LEDGER, asset: TOKEN, nonce: hash("nonce"), amount: 10n, validBefore: NOW },
      fromBlock: 5,
      terms: JSON.stringify({ payload: { payload: voucherPaymentToJson({ voucher, signature }) } }),
    },
    state: "served",
    facts: {},
  },
};

describe("watchBatch", () => {
  /** Whether the ledger has paid the item, as it says when it is asked for the nth time. */
  let isPaid: readonly boolean[];
  let ended: string[];

  const depsOver = (refusal: ItemRefusal): WatchDeps =>
    ({
      chain: {
        head: () => Promise.resolve({ block: 90, time: NOW }),
        batchAt: () =>
          Promise.resolve({
            ...{ root: batch.root, disputableUntil: NOW - 1, openDisputes: 0 },
            ...{ isMarked: false, bond: 0n },
          }),
        paidIn() {
          const [now = false, ...rest] = isPaid;
          isPaid = rest;
          const payment = { transaction: hash("claim"), block: 80 };
          return Promise.resolve(new Map(now ? [[0, payment]] : []));
        },
        refusalOf: () => Promise.resolve(refusal),
        isObjected: () => Promise.resolve(false),
      },
      objections: { since: () => Promise.resolve(new Set()) },
      vouchers: { items: () => Promise.resolve([item]) },
      payments: {
        transition(_: PaymentId, __: unknown, state: string, { reason }: { reason?: string }) {
          ended.push([state, reason ?? ""].join(" "));
          return Promise.resolve(item.paid);
        },
      },
      onEnded: () => undefined,
      log: SILENT,
    }) as unknown as WatchDeps; // what a look at a silent batch uses

  const look = (refusal: ItemRefusal = "voucherSpent"): Promise<void> =>
    watchBatch(
      batch,
      { domain: DOMAIN, ledger: LEDGER, confirmations: 0, claimItems: 8 },
      depsOver(refusal),
    );

  beforeEach(() => {
    ended = [];
    isPaid = [];
  });

  it("gives up what the ledger will never pay, and says why", async () => {
    await look();
    expect(ended).to.deep.equal(["failed VOUCHER_SPENT"]);
  });

  it("keeps what the ledger may pay yet", async () => {
    await look("depositInsufficient");
    expect(ended).to.deep.equal([]);
  });

  it("takes no voucher for lost whose claim of before was mined between two questions", async () => {
    isPaid = [false, true];
    await look();
    expect(ended).to.deep.equal([]);
    isPaid = [true];
    await look();
    expect(ended).to.deep.equal(["captured "]);
  });
});
