import { decodePaymentRequiredHeader } from "@x402/core/http";
import type { LedgerChain } from "@vouch/gateway";
import { contentIdOf, contentIdOfDigest } from "@vouch/gateway";
import type { Hex } from "@vouch/protocol";
import {
  encodeInclusion,
  encodeTerms,
  hexToBytes,
  noteOfPost,
  parseReceipt,
  verifyReceipt,
} from "@vouch/protocol";
import { expect } from "chai";
import { Wallet, id } from "ethers";
import { until } from "../helpers/until.ts";
import type { VoucherScenario } from "../helpers/voucherGateway.ts";
import {
  DEPOSIT,
  PRICE,
  PROOF,
  RESOURCE,
  askOf,
  buy,
  ledgerChain,
  openVoucherScenario,
  post,
  schemeDeps,
} from "../helpers/voucherGateway.ts";
import type { Answer } from "../helpers/voucherSession.ts";
import { DAY, voucherSession } from "../helpers/voucherSession.ts";

describe("a gateway that settles in batches", function () {
  this.timeout(120_000);
  let scenario: VoucherScenario;
  const session = voucherSession(() => scenario);
  const { gateway, open, channel, deposit, pass, found, answered, ends, posted, settled } = session;

  before(async () => {
    scenario = await openVoucherScenario();
    await deposit(DEPOSIT);
  });
  after(() => scenario.close());
  afterEach(() => gateway().close());

  const renewBond = async () => {
    const { vouch, operator } = scenario;
    await vouch.signatures.connect(operator).post(10n ** 18n);
  };
  const batches = () => scenario.ledger.queryFilter(scenario.ledger.filters.BatchPosted());
  const codeOf = async (response: Response): Promise<string> =>
    ((await response.json()) as { error: { code: string } }).error.code;

  it("offers each way to settle, what is on the chain, and when it is final", async () => {
    await open();
    const response = await fetch(`${gateway().url}${RESOURCE}`, post(0));
    const { accepts } = decodePaymentRequiredHeader(response.headers.get("payment-required")!);
    const ways = accepts.map(({ scheme, amount, extra }) => {
      const { settlement, voidable, onChain, final } = extra["vouch"] as Record<string, unknown>;
      expect([onChain, final].every((it) => typeof it === "string" && it !== "")).to.equal(true);
      return { scheme, amount, settlement, voidable };
    });
    expect(ways).to.deep.equal([
      { scheme: "exact", amount: "1000", settlement: "payment", voidable: false },
      { scheme: "vouch-voucher", amount: "1000", settlement: "batch", voidable: true },
      { scheme: "vouch-voucher", amount: "1000", settlement: "record", voidable: true },
    ]);
  });

  it("offers by what it can keep alone, and gives again what was paid before", async () => {
    await deposit(PRICE);
    await open();
    const { id: request, header } = await answered();
    await settled();
    await gateway().close();
    const chain = await ledgerChain(scenario);
    const means = async (count: number) => ({ ...(await chain.means(count)), bond: 0n });
    await open({ chain: { ...chain, means } });
    const response = await fetch(`${gateway().url}${RESOURCE}`, post(0));
    const { accepts } = decodePaymentRequiredHeader(response.headers.get("payment-required")!);
    expect(accepts.map(({ scheme }) => scheme)).to.deep.equal(["exact"]);
    const proven = await fetch(`${gateway().url}${RESOURCE}`, post(0, "zk")); // by vouchers alone
    expect([proven.status, await codeOf(proven)]).to.deep.equal([503, "SETTLEMENT_UNAVAILABLE"]);
    expect(Number(proven.headers.get("retry-after"))).to.be.greaterThan(1);
    const again = await fetch(
      `${gateway().url}${RESOURCE}`,
      post(session.question, "signature", header),
    );
    expect(await again.json()).to.deep.include({ id: request });
    const metrics = await (await fetch(`${gateway().url}/metrics`)).text();
    expect(metrics).to.match(/^vouch_gateway_vouchers_taken 0$/m);
  });

  describe("given answers that are paid by vouchers", () => {
    it("posts their root, tells each its path, and is paid when nobody disputed", async () => {
      await open();
      const before = await channel();
      const answer = await answered();
      const inclusion = await posted(answer.id);
      const receipt = parseReceipt((await found(answer.id)).receipt);
      const { checks } = verifyReceipt(receipt, { request: answer.id, inclusion });
      expect(checks.map(({ name }) => name)).to.include("batch");
      expect((await scenario.ledger.batchOf(inclusion.batch)).root).to.equal(inclusion.root);
      const isSettled = () =>
        scenario.ledger.isSettled(
          receipt.statement,
          encodeInclusion(inclusion),
          encodeTerms(inclusion.voucher.terms),
        );
      expect(await isSettled()).to.equal(false);
      expect((await found(answer.id)).payment.state).to.equal("served");
      await pass(2 * DAY + 1);
      await ends(answer.id, "captured");
      expect(await isSettled()).to.equal(true);
      expect((await channel()).earned).to.equal(before.earned + PRICE);
      expect((await channel()).deposit).to.equal(before.deposit - PRICE);
    });

    it("puts as many under one root as there are, and has the bond back", async () => {
      await open({ voucher: { batchItems: 3, batchSeconds: 3_600 } });
      const count = (await batches()).length;
      const two = [await answered(), await answered()];
      await gateway().close();
      await open({ voucher: { batchItems: 3, batchSeconds: 3_600 } });
      expect((await batches()).length).to.equal(count);
      const third = await answered();
      const inclusion = await posted(third.id);
      expect(inclusion).to.include({ count: 3, index: 2 });
      for (const { id: request } of two)
        expect((await posted(request)).batch).to.equal(inclusion.batch);
      await settled();
      const { ledger, operator } = scenario;
      await until(
        "the bond is back",
        async () => (await ledger.batchOf(inclusion.batch)).bond === 0n,
      );
      expect(await ledger.bondOf(operator)).to.equal(await ledger.disputeBond());
      for (const request of [...two, third]) await ends(request.id, "captured");
    });

    it("gives the same answer for the same voucher, and runs nothing twice", async () => {
      await open();
      const answer = await answered();
      const again = await fetch(
        `${gateway().url}${RESOURCE}`,
        post(session.question, "signature", answer.header),
      );
      expect(again.status).to.equal(200);
      expect(await again.json()).to.deep.include({ id: answer.id });
      expect(gateway().asked()).to.equal(1);
      await settled();
    });
  });

  describe("given an answer whose full record is public", () => {
    it("keeps it by its content address, and posts a hash of the batch's list", async () => {
      await open({ voucher: { batchItems: 2, batchSeconds: 3_600 } });
      const plain = await answered();
      session.question += 1;
      const { response } = await buy(scenario, gateway().url, session.question, {
        settlement: "record",
      });
      const answer = (await response.json()) as Answer;
      const inclusion = await posted(answer.id);
      const cid = (await found(answer.id)).record!;
      expect((await found(plain.id)).record).to.equal(null);

      const get = async (it: string) => fetch(`${gateway().url}/v1/records/${it}`);
      const bytes = new Uint8Array(await (await get(cid)).arrayBuffer());
      expect(await contentIdOf(bytes, "raw")).to.equal(cid);
      const record = (await (await get(cid)).json()) as { receipt: unknown; voucher: unknown };
      verifyReceipt(parseReceipt(record.receipt), { request: answer.id, inclusion });

      const [event] = await scenario.ledger.queryFilter(
        scenario.ledger.filters.BatchPosted(inclusion.batch),
      );
      const note = noteOfPost((await event!.getTransaction()).data as Hex)!;
      const list = (await (await get(contentIdOfDigest(hexToBytes(note), "dag-json"))).json()) as {
        root: string;
        records: unknown;
      };
      expect(list.root).to.equal(inclusion.root);
      expect(list.records).to.deep.equal([null, { "/": cid }]);
      await settled();
      await ends(answer.id, "captured");
    });

    it("knows no record that was not kept, and no address of another kind", async () => {
      await open();
      const unknown = await contentIdOf(new Uint8Array([1]), "raw");
      for (const cid of [unknown, "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n", "..%2Fx"]) {
        const response = await fetch(`${gateway().url}/v1/records/${cid}`);
        expect(response.status).to.equal(404);
        expect(await codeOf(response)).to.equal("RECORD_UNKNOWN");
      }
    });
  });

  describe("given a voucher that does not pay for the request", () => {
    const refusals: readonly (readonly [string, string, () => Promise<Response>])[] = [
      [
        "of another request",
        "PAYMENT_BOUND_ELSEWHERE",
        async () => {
          const { header } = await answered();
          return fetch(
            `${gateway().url}/v1/infer/${scenario.id}`,
            post(session.question, "signature", header),
          );
        },
      ],
      [
        "of another body with the same words",
        "PAYMENT_INVALID",
        async () => {
          session.question += 1;
          const ask = { ...askOf(scenario, session.question), body: { words: ["0x00"] } };
          return (await buy(scenario, gateway().url, session.question, { ask })).response;
        },
      ],
      [
        "of another resource",
        "PAYMENT_INVALID",
        async () => {
          session.question += 1;
          const ask = { ...askOf(scenario, session.question), resource: "/v1/infer/other" };
          return (await buy(scenario, gateway().url, session.question, { ask })).response;
        },
      ],
      [
        "of another router",
        "PAYMENT_INVALID",
        async () => {
          session.question += 1;
          const ask = { ...askOf(scenario, session.question), router: scenario.asset };
          return (await buy(scenario, gateway().url, session.question, { ask })).response;
        },
      ],
      [
        "signed for another chain",
        "PAYMENT_INVALID",
        async () => {
          session.question += 1;
          const signer = {
            getAddress: () => scenario.payer.getAddress(),
            signTypedData: (
              domain: Parameters<Wallet["signTypedData"]>[0],
              types: Parameters<Wallet["signTypedData"]>[1],
              value: Parameters<Wallet["signTypedData"]>[2],
            ) => scenario.payer.signTypedData({ ...domain, chainId: 1n }, types, value),
          };
          const deps = schemeDeps(scenario, { signer });
          return (await buy(scenario, gateway().url, session.question, { deps })).response;
        },
      ],
      [
        "that may not be posted any more by the time it would be",
        "PAYMENT_INVALID",
        async () => {
          session.question += 1;
          const now = async () =>
            (await scenario.chain.networkHelpers.time.latest()) - DAY / 2 - 60;
          const deps = schemeDeps(scenario, { now });
          return (await buy(scenario, gateway().url, session.question, { deps })).response;
        },
      ],
      [
        "whose nonce its payer objected to",
        "PAYMENT_INVALID",
        async () => {
          session.question += 1;
          const { ledger, payer, operator, asset } = scenario;
          const nonce = 7_777n;
          const value = await ledger.disputeBond();
          await ledger.connect(payer).objectVoucher(operator, asset, nonce, { value });
          const deps = schemeDeps(scenario, { nextNonce: () => nonce });
          return (await buy(scenario, gateway().url, session.question, { deps })).response;
        },
      ],
      [
        "of somebody without a deposit",
        "PAYMENT_UNDERFUNDED",
        async () => {
          session.question += 1;
          const deps = schemeDeps(scenario, { signer: new Wallet(id("vouch.test.poor")) });
          return (await buy(scenario, gateway().url, session.question, { deps })).response;
        },
      ],
    ];
    for (const [what, code, send] of refusals) {
      // The first is paid for something else, which was answered.
      const asked = code === "PAYMENT_BOUND_ELSEWHERE" ? 1 : 0;
      it(`refuses one ${what}`, async () => {
        await open();
        const response = await send();
        expect(response.status).to.be.within(402, 409);
        expect(await codeOf(response)).to.equal(code);
        expect(gateway().asked()).to.equal(asked);
        await settled();
      });
    }

    it("refuses the second of two vouchers with one nonce, and answers the first", async () => {
      await open();
      const nonce = 42n;
      const deps = schemeDeps(scenario, { nextNonce: () => nonce });
      session.question += 1;
      const first = await buy(scenario, gateway().url, session.question, { deps });
      expect(first.response.status).to.equal(200);
      session.question += 1;
      const second = await buy(scenario, gateway().url, session.question, { deps });
      expect(second.response.status).to.equal(409);
      expect(await codeOf(second.response)).to.equal("PAYMENT_BOUND_ELSEWHERE");
      expect(gateway().asked()).to.equal(1);
      await settled();
    });

    it("takes no voucher that is for another operator's gateway", async () => {
      await open();
      const { header } = await answered();
      await settled();
      await gateway().close();
      await open({ operator: scenario.address });
      const replayed = await fetch(
        `${gateway().url}${RESOURCE}`,
        post(session.question, "signature", header),
      );
      expect(replayed.status).to.equal(402);
      expect(await codeOf(replayed)).to.equal("PAYMENT_NOT_OFFERED");
    });
  });

  describe("given a deposit that does not cover more", () => {
    it("remembers what is out when it is back, and takes no more than that", async () => {
      await open({ voucher: { batchSeconds: 3_600 } });
      await deposit(3n * PRICE);
      const { deposit: held } = await channel();
      const room = Number(held / PRICE);
      for (let i = 0; i < room - 1; i++) await answered();
      await gateway().close();
      await open({ voucher: { batchSeconds: 3_600 } });
      const both = await Promise.all(
        [session.question + 1, session.question + 2].map((it) => buy(scenario, gateway().url, it)),
      );
      session.question += 2;
      expect(both.map(({ response }) => response.status).sort()).to.deep.equal([200, 402]);
      const refused = both.find(({ response }) => response.status === 402)!;
      expect(await codeOf(refused.response)).to.equal("PAYMENT_UNDERFUNDED");
      await gateway().close();
      await open();
      await settled();
      expect((await channel()).deposit).to.equal(held - BigInt(room) * PRICE);
      await deposit(DEPOSIT);
    });

    it("takes none against what is announced, and is paid for what it served before", async () => {
      await open();
      const { ledger, payer, operator, asset } = scenario;
      const { deposit: held, earned } = await channel();
      const answer = await answered();
      await posted(answer.id);
      await ledger.connect(payer).announceWithdrawal(operator, asset, held);
      session.question += 1;
      const { response } = await buy(scenario, gateway().url, session.question);
      expect(await codeOf(response)).to.equal("PAYMENT_UNDERFUNDED");
      await pass(2 * DAY + 1);
      await ends(answer.id, "captured");
      await pass(6 * DAY);
      await ledger.connect(payer).withdrawDeposit(operator, asset, payer.address);
      const after = await channel();
      expect([after.deposit, after.earned]).to.deep.equal([0n, earned + PRICE]);
      await deposit(2n * DEPOSIT);
    });
  });

  describe("given that what it posted is contested", () => {
    it("proves what is disputed, and is paid at once", async () => {
      await open();
      await renewBond();
      const answer = await answered();
      const { batch, index } = await posted(answer.id);
      const { ledger, payer } = scenario;
      const value = await ledger.disputeBond();
      await ledger.connect(payer).dispute(batch, index, { value });
      await ends(answer.id, "captured");
      expect(await ledger.statusOf(batch, index)).to.equal(2n); // proven
      expect((await ledger.assuranceOf(batch, index)).kinds).to.equal(1n); // signature
      await pass(2 * DAY + 1);
    });

    it("proves a proof, where the policy demands one", async () => {
      await open();
      session.question += 1;
      const ask = { ...askOf(scenario, session.question), policy: PROOF };
      const { response } = await buy(scenario, gateway().url, session.question, {
        ask,
        policy: "zk",
      });
      const answer = (await response.json()) as Answer;
      const { batch, index } = await posted(answer.id);
      const { ledger, payer } = scenario;
      await renewBond();
      await ledger.connect(payer).dispute(batch, index, { value: await ledger.disputeBond() });
      await ends(answer.id, "captured");
      expect((await ledger.assuranceOf(batch, index)).kinds).to.equal(0b10001n);
      await pass(2 * DAY + 1);
    });

    for (const [when, nonce] of [
      ["before it was posted", 4_711n],
      ["after it was posted", 4_712n],
    ] as const) {
      it(`claims with a proof what its payer objected to ${when}`, async () => {
        const isAfter = nonce === 4_712n;
        await open({ voucher: { batchSeconds: isAfter ? 0 : 3_600 } });
        await renewBond();
        session.question += 1;
        const deps = schemeDeps(scenario, { nextNonce: () => nonce });
        const { response } = await buy(scenario, gateway().url, session.question, { deps });
        const answer = (await response.json()) as Answer;
        if (isAfter) await posted(answer.id);
        const { ledger, payer, operator, asset } = scenario;
        const value = await ledger.disputeBond();
        await ledger.connect(payer).objectVoucher(operator, asset, nonce, { value });
        await gateway().close();
        await open();
        await ends(answer.id, "captured");
        await pass(2 * DAY + 1);
      });
    }

    it("says that it lost an item which it could not prove in time, and keeps the others", async () => {
      const chain = await ledgerChain(scenario);
      const mute: LedgerChain = { ...chain, prove: () => Promise.reject(new Error("no gas")) };
      await open({ chain: mute, voucher: { batchItems: 2, batchSeconds: 3_600 } });
      const { deposit: held } = await channel();
      const lost = await answered();
      const kept = await answered();
      const { batch, index } = await posted(lost.id);
      const { ledger, payer } = scenario;
      await ledger.connect(payer).dispute(batch, index, { value: await ledger.disputeBond() });
      await pass(DAY + 1);
      await ledger.connect(payer).skip(batch, index);
      await pass(DAY + 1);
      await ends(lost.id, "failed");
      expect((await found(lost.id)).payment.reason).to.equal("SKIPPED");
      await ends(kept.id, "captured");
      expect((await channel()).deposit).to.equal(held - PRICE);
    });
  });

  describe("when all is done", () => {
    it("leaves no voucher open, and deposit and earnings add up to what was put in", async () => {
      await open();
      expect(await gateway().payments.open()).to.be.empty;
      const { deposit: held, earned } = await channel();
      expect(await scenario.token.balanceOf(scenario.address)).to.equal(held + earned);
    });
  });
});
