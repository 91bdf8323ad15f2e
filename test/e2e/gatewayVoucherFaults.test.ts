import type { LedgerChain } from "@vouch/gateway";
import type { Hex } from "@vouch/protocol";
import { parseBatchInclusion } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { showEarnings } from "../../offchain/hardhat/tasks/showEarnings.ts";
import { taskOutput } from "../helpers/taskOutput.ts";
import { OPERATOR } from "../helpers/trapdoorReceipt.ts";
import { until } from "../helpers/until.ts";
import type { VoucherScenario } from "../helpers/voucherGateway.ts";
import { DEPOSIT, PRICE, ledgerChain, openVoucherScenario } from "../helpers/voucherGateway.ts";
import { DAY, voucherSession } from "../helpers/voucherSession.ts";

describe("a gateway that settles in batches, when things go wrong and when all is done", function () {
  this.timeout(120_000);
  let scenario: VoucherScenario;
  const session = voucherSession(() => scenario);
  const {
    gateway,
    open,
    closed,
    channel,
    deposit,
    pass,
    found,
    answered,
    ends,
    posted,
    unclosed,
    settled,
  } = session;

  before(async () => {
    scenario = await openVoucherScenario();
    await deposit(DEPOSIT);
  });
  after(() => scenario.close());
  afterEach(() => gateway().close());

  const batches = () => scenario.ledger.queryFilter(scenario.ledger.filters.BatchPosted());

  type Step = "post" | "claim";
  /** A chain whose step fails, before or after it had its effect, until the gateway is gone. */
  const dying = async (step: Step, when: "before" | "after"): Promise<LedgerChain> => {
    const chain = await ledgerChain(scenario);
    const act = chain[step] as (...args: unknown[]) => Promise<boolean>;
    let calls = 0;
    const failing = async (...args: unknown[]): Promise<boolean> => {
      calls += 1;
      if (when === "after" && calls === 1) await act(...args);
      // It never returns: nothing behind the step is done by this process.
      return new Promise<never>(() => undefined);
    };
    return { ...chain, [step]: failing };
  };

  describe("given a gateway that ends between two steps", () => {
    for (const [step, when] of [
      ["post", "before"],
      ["post", "after"],
      ["claim", "before"],
      ["claim", "after"],
    ] as const) {
      it(`posts once and is paid once, where it ends ${when} '${step}'`, async () => {
        const { earned } = await channel();
        const count = (await batches()).length;
        await open({ chain: await dying(step, when) });
        const answer = await answered();
        if (step === "claim") {
          await posted(answer.id);
          await pass(2 * DAY + 1);
        }
        const before = when === "after" ? 1 : 0;
        await until("it hangs", async () =>
          step === "post"
            ? (await batches()).length === count + before
            : (await channel()).earned === earned + BigInt(before) * PRICE,
        );
        await gateway().close();
        await open();
        await posted(answer.id);
        if (step === "post") await pass(2 * DAY + 1);
        await ends(answer.id, "captured");
        expect((await batches()).length).to.equal(count + 1);
        expect((await channel()).earned).to.equal(earned + PRICE);
      });
    }
  });

  describe("given a posting that no block takes", () => {
    it("answers a dispute of another batch meanwhile", async () => {
      const { ledger, operator, payer, vouch } = scenario;
      await open();
      await vouch.signatures.connect(operator).post(10n ** 18n);
      const disputed = await answered();
      const { batch, index } = await posted(disputed.id);
      await gateway().close();
      await open({ chain: await dying("post", "before") });
      const stuck = await answered();
      await until("sealed", async () => (await unclosed()).some((it) => it.posted === null));
      await ledger.connect(payer).dispute(batch, index, { value: await ledger.disputeBond() });
      await ends(disputed.id, "captured");
      expect((await found(stuck.id)).inclusion).to.equal(null);
      await gateway().close();
      await open();
      await settled();
      await ends(stuck.id, "captured");
    });
  });

  describe("given a reorganisation that takes the post", () => {
    it("posts the same root again, under whatever number, and is paid once", async () => {
      await open();
      const { earned } = await channel();
      const { networkHelpers } = scenario.chain;
      const chain = await ledgerChain(scenario);
      await gateway().close();
      let isHeld = true;
      await open({
        chain: {
          ...chain,
          post: (batch) => (isHeld ? Promise.reject(new Error("held")) : chain.post(batch)),
        },
      });
      const answer = await answered();
      await until("sealed", async () => (await gateway().payments.open()).length === 1);
      const snapshot = await networkHelpers.takeSnapshot();
      isHeld = false;
      const first = await posted(answer.id);
      await snapshot.restore();
      // Another batch of the operator's takes its number.
      const { ledger, operator } = scenario;
      const value = await ledger.disputeBond();
      isHeld = true;
      await ledger.connect(operator).post(id("another root"), 1n, { value });
      isHeld = false;
      await until("posted again", async () => {
        const inclusion = (await found(answer.id)).inclusion;
        return inclusion !== null && parseBatchInclusion(inclusion).batch !== first.batch;
      });
      const second = await posted(answer.id);
      expect(second.root).to.equal(first.root);
      expect((await ledger.batchOf(second.batch)).root).to.equal(first.root);
      await pass(2 * DAY + 1);
      await ends(answer.id, "captured");
      expect((await channel()).earned).to.equal(earned + PRICE);
    });
  });

  describe("given that a batch's bond is spent elsewhere between its sealing and its posting", () => {
    it("brings another, and is paid", async () => {
      const { ledger, operator } = scenario;
      await open();
      await closed();
      await ledger.connect(operator).fundBond({ value: await ledger.disputeBond() });
      const chain = await ledgerChain(scenario);
      let isHeld = true;
      await open({
        chain: {
          ...chain,
          post: (batch) => (isHeld ? Promise.reject(new Error("held")) : chain.post(batch)),
        },
      });
      const answer = await answered();
      await until("sealed", async () => (await unclosed()).length > 0);
      const free = await ledger.bondOf(operator);
      expect(free >= (await ledger.disputeBond())).to.equal(true);
      await ledger.connect(operator).withdrawBond(free, operator);
      isHeld = false;
      await posted(answer.id);
      await pass(2 * DAY + 1);
      await ends(answer.id, "captured");
    });
  });

  describe("when all is done", () => {
    it("leaves no voucher open, and deposit and earnings add up to what was put in", async () => {
      await open();
      expect(await gateway().payments.open()).to.be.empty;
      const { deposit: held, earned } = await channel();
      expect(await scenario.token.balanceOf(scenario.address)).to.equal(held + earned);
    });

    /** What is in the ledger for the operator, as the task `earnings` prints it. */
    const printed = async (withdraw: boolean) => {
      const { ledger, operator, asset: token, payer } = scenario;
      const asked = { operator: OPERATOR, token, to: payer.address as Hex, fromBlock: 0 };
      const task = () => showEarnings({ ...asked, withdraw, json: true }, ledger.connect(operator));
      const { text } = await taskOutput(task);
      return JSON.parse(text) as { readonly total: string; readonly transactions: string[] };
    };

    it("moves what was earned to the payee where it is enough, and nothing below", async () => {
      const { earned } = await channel();
      expect((await printed(false)).total).to.equal(earned.toString());
      const chain = await ledgerChain(scenario);
      let looks = 0;
      const earnedFrom = async (requester: Hex) => {
        looks += 1;
        return chain.earnedFrom(requester);
      };
      await open({
        chain: { ...chain, earnedFrom, withdraw: () => Promise.reject(new Error("too little")) },
        voucher: { withdrawFrom: earned + 1n },
      });
      await until("it looked", () => looks > 0);
      await gateway().close();
      expect((await channel()).earned).to.equal(earned);
      await open({ voucher: { withdrawFrom: earned } });
      await until("it is moved", async () => (await channel()).earned === 0n);
      await closed();
      expect(await scenario.token.balanceOf(OPERATOR)).to.equal(earned);
      expect((await printed(true)).transactions).to.deep.equal([]);
    });

    it("has the task move it elsewhere", async () => {
      await open();
      const answer = await answered();
      await settled();
      await ends(answer.id, "captured");
      await closed();
      const { token, payer } = scenario;
      const before = await token.balanceOf(payer);
      const { total, transactions } = await printed(true);
      expect([total, transactions.length]).to.deep.equal([PRICE.toString(), 1]);
      expect(await token.balanceOf(payer)).to.equal(before + PRICE);
      expect((await channel()).earned).to.equal(0n);
    });
  });
});
