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
  ...{ attempt: 0, posting: 0, age: 0, posted },
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

  describe("given a batch that is not posted", () => {
    /** Wei of free bond that the operator has in the ledger; a batch takes three. */
    let free: bigint;
    let sent: string[];
    let attempts: number;
    let isMined: boolean;

    beforeEach(() => {
      [free, sent, attempts, isMined] = [0n, [], 0, true];
    });

    const post = (bond: bigint): Promise<void> =>
      watchBatch(
        { ...batch, bond, posted: null },
        { domain: DOMAIN, ledger: LEDGER, confirmations: 0, claimItems: 8 },
        {
          chain: {
            head: () => Promise.resolve({ block: 90, time: NOW }),
            find: () => Promise.resolve(undefined),
            missingBond: () => Promise.resolve(free < 3n ? 3n - free : 0n),
            fundBond(_: unknown, amount: bigint) {
              sent.push(`fund ${amount}`);
              free += amount;
              return Promise.resolve(true);
            },
            post(planned: VoucherBatch) {
              if (free + planned.bond < 3n) return Promise.reject(new Error("BondInsufficient"));
              sent.push(`post ${planned.bond}`);
              return Promise.resolve(isMined);
            },
          },
          vouchers: {
            nextPosting() {
              attempts += 1;
              return Promise.resolve();
            },
          },
          log: SILENT,
        } as unknown as WatchDeps, // what such a look uses
      );

    it("sends along what was missing of its bond when it was sealed", async () => {
      await post(3n);
      expect(sent).to.deep.equal(["post 3"]);
    });

    it("posts on free bond that was there when it was sealed, as long as it is", async () => {
      free = 3n;
      await post(0n);
      expect(sent).to.deep.equal(["post 0"]);
    });

    it("tops up what was spent elsewhere since, and changes nothing of what the posting sends", async () => {
      free = 1n;
      await post(0n);
      expect(sent).to.deep.equal(["fund 2", "post 0"]);
    });

    it("tries anew, as another transaction, where the chain refused it", async () => {
      isMined = false;
      await post(3n);
      expect(attempts).to.equal(1);
    });
  });
});
