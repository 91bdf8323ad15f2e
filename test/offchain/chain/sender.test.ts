import type { Journal } from "@vouch/chain";
import { ChainError, memoryJournal } from "@vouch/chain";
import type { Hex } from "@vouch/protocol";
import { expect } from "chai";
import { Transaction } from "ethers";
import { LOCAL_CHAIN_ID, REVERTER } from "../../helpers/localChain.ts";
import type { SenderScenario } from "../../helpers/senderScenario.ts";
import { intents, sendAll, senderScenario } from "../../helpers/senderScenario.ts";
import { until } from "../../helpers/until.ts";

describe("Sender.send", () => {
  let scenario: SenderScenario;

  afterEach(() => scenario.close());

  describe("given a chain that mines each transaction", () => {
    beforeEach(async () => {
      scenario = await senderScenario({ automine: true });
    });

    it("has many intents mined at once, each once", async () => {
      const { sender } = await scenario.run();
      const wanted = intents(40);
      const mined = await sendAll(sender, wanted);
      expect(new Set(mined.map(({ nonce }) => nonce)).size).to.equal(40);
      expect(mined.every(({ outcome }) => outcome === "succeeded")).to.be.true;
      await scenario.expectOnce(wanted);
    });

    it("sends one key once, and refuses another transaction under it", async () => {
      const { sender } = await scenario.run();
      const [one, other] = intents(2);
      const results = await sendAll(sender, [one!, one!, one!]);
      expect(new Set(results.map(({ hash }) => hash)).size).to.equal(1);
      expect((await sender.send(one!)).hash).to.equal(results[0]!.hash);
      expect(await codeOf(sender.send({ ...other!, key: one!.key }))).to.equal("INTENT_CHANGED");
      await scenario.expectOnce([one!]);
    });

    it("says of a final one what the journal has", async () => {
      const { sender } = await scenario.run({ finalityBlocks: 1 });
      const [one, other] = intents(2);
      const before = await sender.send(one!);
      await sender.send(other!); // a block on top
      await until("the first is final", async () => {
        const entry = await scenario.journal.at(sender.address, before.nonce);
        return entry?.isFinal === true;
      });
      expect((await sender.send(one!)).hash).to.equal(before.hash);
      await scenario.expectOnce([one!, other!]);
    });

    it("reports a reverted transaction as such, and goes on", async () => {
      const { sender } = await scenario.run();
      const reverted = await sender.send({ ...intents(1)[0]!, key: "reverts", to: REVERTER });
      expect(reverted.outcome).to.equal("reverted");
      const wanted = intents(3);
      await sendAll(sender, wanted);
      await scenario.expectOnce(wanted);
    });

    it("gives the nonce of one that no node takes to one that does nothing", async () => {
      const { sender, events } = await scenario.run();
      const [hopeless, ...wanted] = intents(4);
      const results = Promise.all([
        codeOf(sender.send({ ...hopeless!, gasLimit: 21_001n })),
        sendAll(sender, wanted),
      ]);
      expect((await results)[0]).to.equal("TRANSACTION_REFUSED");
      expect(events.map(({ status }) => status)).to.include("cancelling");
      await scenario.expectOnce(wanted);
    });

    it("leaves what it had not finished to the journal when it stops", async () => {
      const { sender, stop } = await scenario.run({ confirmations: 50 });
      const [one] = intents(1);
      const sent = codeOf(sender.send(one!));
      await until("it is mined", () => sender.status().mined === 1);
      await stop();
      expect(await sent).to.equal("SENDER_CLOSED");
      expect(await codeOf(sender.send(one!))).to.equal("SENDER_CLOSED");
    });
  });

  describe("given blocks that come when they come", () => {
    beforeEach(async () => {
      scenario = await senderScenario({ automine: false });
    });

    it("pays an eighth more for what no block takes, and counts whichever is mined", async () => {
      const { chain, journal } = scenario;
      const { sender } = await scenario.run();
      const wanted = intents(2);
      const sent = sendAll(sender, wanted);
      await until("both are sent", () => sender.status().open === 2);
      await until("both are taken", async () => (await pooled(scenario)) === 2);
      // A sudden rise of the base fee: neither fits into the next blocks.
      await chain.ask("hardhat_setNextBlockBaseFeePerGas", ["0x2540be4000"]);
      const done = sent.then(() => true);
      let isDone = false;
      void done.then(() => (isDone = true));
      await until("they are mined", async () => {
        await chain.mine();
        return isDone;
      });
      const entry = await journal.at(sender.address, 0);
      const fees = entry!.attempts.map(({ raw }) => Transaction.from(raw));
      expect(fees.length).to.be.greaterThan(1);
      for (const [index, { maxFeePerGas, maxPriorityFeePerGas }] of fees.entries()) {
        const before = fees[index - 1];
        if (before === undefined) continue;
        expect(maxFeePerGas! * 8n >= before.maxFeePerGas! * 9n).to.be.true;
        expect(maxPriorityFeePerGas! * 8n >= before.maxPriorityFeePerGas! * 9n).to.be.true;
      }
      await scenario.expectOnce(wanted);
    });

    it("never pays more than the intent's cap", async () => {
      const { chain, journal } = scenario;
      const { sender } = await scenario.run();
      const [one] = intents(1);
      const maxFeePerGas = 4_000_000_000n;
      const sent = sender.send({ ...one!, maxFeePerGas });
      await until("it is taken", async () => (await pooled(scenario)) === 1);
      for (let block = 0; block < 8; block++) {
        await chain.ask("hardhat_setNextBlockBaseFeePerGas", ["0x2540be4000"]);
        await chain.mine();
        await lookedTwice(scenario);
      }
      await chain.ask("hardhat_setNextBlockBaseFeePerGas", ["0x1"]);
      await chain.mine();
      await sent;
      const { attempts } = (await journal.at(sender.address, 0))!;
      for (const { raw } of attempts)
        expect(Transaction.from(raw).maxFeePerGas! <= maxFeePerGas).to.be.true;
      await scenario.expectOnce([one!]);
    });

    it("cancels what is in no block by its deadline, and what is behind goes on", async () => {
      const { chain } = scenario;
      const { sender } = await scenario.run();
      const block = (await chain.ask("eth_getBlockByNumber", ["latest", false])) as {
        timestamp: string;
      };
      const deadline = Number(block.timestamp) + 100;
      const [late, other] = intents(2);
      const sent = Promise.all([sender.send({ ...late!, deadline }), sender.send(other!)]);
      await until("both are taken", async () => (await pooled(scenario)) === 2);
      // The chain gets past the deadline without room for them.
      await chain.ask("evm_setBlockGasLimit", ["0x5207"]);
      await chain.ask("evm_increaseTime", [200]);
      await chain.mine();
      await chain.ask("evm_setBlockGasLimit", ["0x1c9c380"]);
      const cancelling = await eventually(scenario, sent);
      expect(cancelling[0].outcome).to.equal("cancelled");
      expect(cancelling[1].outcome).to.equal("succeeded");
      const found = await chain.transactions();
      expect(found.filter(({ input }) => input === late!.data)).to.be.empty;
      await scenario.expectOnce([other!]);
    });

    it("sends again what a reorganisation of five blocks took", async () => {
      const { chain } = scenario;
      const { sender, events } = await scenario.run({ confirmations: 6 });
      const wanted = intents(3);
      await chain.mark();
      const sent = sendAll(sender, wanted);
      await until("they are taken", async () => (await pooled(scenario)) === 3);
      await chain.mine(5);
      await until("they are mined", () => sender.status().mined === 3);
      await chain.reorganise();
      await until("they are open", () => events.some(({ status }) => status === "reopened"));
      await until("they are taken again", async () => (await pooled(scenario)) === 3);
      await chain.mine(8);
      const mined = await sent;
      expect(mined.map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2]);
      await scenario.expectOnce(wanted);
    });

    it("finds what it reported early and a deeper reorganisation took", async () => {
      const { chain } = scenario;
      const { sender } = await scenario.run({ confirmations: 0, finalityBlocks: 20 });
      const wanted = intents(2);
      await chain.mark();
      const sent = sendAll(sender, wanted);
      await until("they are taken", async () => (await pooled(scenario)) === 2);
      await chain.mine(2);
      await sent;
      await chain.reorganise();
      await until("they are taken again", async () => (await pooled(scenario)) === 2);
      await chain.mine();
      await scenario.expectOnce(wanted);
    });
  });
});

describe("Sender against a node that is not to be trusted", () => {
  let scenario: SenderScenario;

  afterEach(() => scenario.close());

  for (const nonceOffset of [-3, 4, 1]) {
    it(`uses each nonce once where the node begins with ${nonceOffset} too many`, async () => {
      scenario = await senderScenario({ automine: false });
      await warmUp(scenario, 3);
      const { rpc } = scenario;
      rpc.faults.nonceOffset = nonceOffset;
      const { sender } = await scenario.run();
      const wanted = intents(5);
      const sent = sendAll(sender, wanted);
      const looks = (): number => rpc.calls.filter((it) => it === "eth_getTransactionCount").length;
      await until("it has looked, and sent where it may", () => looks() > 8);
      rpc.faults.nonceOffset = 0;
      await eventually(scenario, sent);
      expect(sender.isShared()).to.be.false;
      await scenario.expectOnce(wanted);
    });
  }

  it("fills the gap where it had to believe a count that was too high", async () => {
    scenario = await senderScenario({ automine: false });
    await warmUp(scenario, 3);
    const { rpc } = scenario;
    Object.assign(rpc.faults, { nonceOffset: 4, forgetful: true });
    const { sender, events } = await scenario.run();
    const wanted = intents(3);
    const sent = sendAll(sender, wanted);
    await until("they are sent", () => sender.status().open === 3);
    Object.assign(rpc.faults, { nonceOffset: 0, forgetful: false });
    const mined = await eventually(scenario, sent);
    expect(mined.map(({ nonce }) => nonce)).to.deep.equal([7, 8, 9]);
    expect(events.flatMap((it) => (it.status === "gap" ? it.nonce : []))).to.deep.equal([
      3, 4, 5, 6,
    ]);
    await scenario.expectOnce(wanted);
  });

  it("uses each nonce once where the node's counts change under way", async () => {
    scenario = await senderScenario({ automine: false });
    const { chain, rpc } = scenario;
    const { sender } = await scenario.run();
    const wanted = intents(20);
    let isDone = false;
    const sent = sendAll(sender, wanted).then(() => (isDone = true));
    let round = 0;
    await until("all are mined", async () => {
      rpc.faults.nonceOffset = [0, 7, -7, 1, -1][round++ % 5]!;
      await chain.mine();
      return isDone;
    });
    await sent;
    expect(sender.isShared()).to.be.false;
    await scenario.expectOnce(wanted);
  });

  it("goes on where nobody can show what a nonce was used by", async () => {
    scenario = await senderScenario({ automine: true });
    const { chain, rpc } = scenario;
    await chain.mine(3); // whose state it has not
    const { sender } = await scenario.run();
    rpc.faults.swallows = true;
    const wanted = intents(3);
    const sent = sendAll(sender, wanted);
    await until("they are sent", () => sender.status().open === 3);
    Object.assign(rpc.faults, { swallows: false, nonceOffset: 2, forgetful: true });
    await sent;
    expect(sender.isShared()).to.be.false;
    await scenario.expectOnce(wanted);
  });

  it("reads the blocks once in a while only, where none shows what a nonce was used by", async () => {
    scenario = await senderScenario({ automine: true });
    const { chain, rpc } = scenario;
    await chain.mine(70); // whose state it has not
    const { sender } = await scenario.run();
    rpc.faults.swallows = true;
    const [one] = intents(1);
    const sent = sender.send(one!);
    await until("it has its nonce", () => sender.status().open === 1);
    const count = (method: string): number => rpc.calls.filter((it) => it === method).length;
    Object.assign(rpc.faults, { nonceOffset: 2, forgetful: true });
    const looks = count("eth_getTransactionCount");
    await until("it has looked", () => count("eth_getTransactionCount") > looks + 12);
    const blocks = count("eth_getBlockByNumber");
    const again = count("eth_getTransactionCount");
    await until("it has looked again", () => count("eth_getTransactionCount") > again + 8);
    expect(count("eth_getBlockByNumber") - blocks).to.be.below(64);
    Object.assign(rpc.faults, { swallows: false, nonceOffset: 0, forgetful: false });
    await sent;
    await scenario.expectOnce([one!]);
  });

  for (const fault of ["swallows", "takesSilently", "drops"] as const) {
    it(`has it mined once where an endpoint ${fault}`, async () => {
      scenario = await senderScenario({ automine: true });
      const { rpc } = scenario;
      const { sender } = await scenario.run();
      rpc.faults[fault] = true;
      const wanted = intents(5);
      const sent = sendAll(sender, wanted);
      await until("they are asked for", () => rpc.calls.length > 10 || fault === "drops");
      rpc.faults[fault] = false;
      await sent;
      await scenario.expectOnce(wanted);
    });
  }

  it("has it mined once where the endpoint is two blocks behind", async () => {
    scenario = await senderScenario({ automine: true }, { lag: 2 });
    const { sender } = await scenario.run();
    const wanted = intents(8);
    let isDone = false;
    const sent = sendAll(sender, wanted).then(() => (isDone = true));
    await until("they are mined", async () => {
      await scenario.chain.mine();
      return isDone;
    });
    await sent;
    await scenario.expectOnce(wanted);
  });
});

describe("Sender after a crash", () => {
  let scenario: SenderScenario;

  afterEach(() => scenario.close());

  it("sends what was in the journal and on no node", async () => {
    scenario = await senderScenario({ automine: true });
    const { rpc } = scenario;
    const first = await scenario.run();
    rpc.faults.swallows = true;
    const wanted = intents(3);
    const lost = Promise.all(wanted.map((it) => codeOf(first.sender.send(it))));
    await until("they are in the journal", async () => {
      const open = await scenario.journal.open(first.sender.address);
      return open.length === 3 && open.every(({ attempts }) => attempts.length === 1);
    });
    await first.stop();
    expect(await lost).to.deep.equal(wanted.map(() => "SENDER_CLOSED"));
    rpc.faults.swallows = false;
    const { sender } = await scenario.run();
    await until("they are mined", () => sender.status().mined === 3);
    await sendAll(sender, wanted);
    await scenario.expectOnce(wanted);
  });

  it("signs what had a nonce and no attempt", async () => {
    scenario = await senderScenario({ automine: true });
    const { journal } = scenario;
    const failing = { ...memoryJournal(), ...journal, attempt: () => Promise.reject(new Error()) };
    const first = await scenario.run({}, { journal: failing });
    const wanted = intents(2);
    const lost = Promise.all(wanted.map((it) => codeOf(first.sender.send(it))));
    await until("they have nonces", () => first.sender.status().open === 2);
    await first.stop();
    await lost;
    expect(await scenario.chain.transactions()).to.be.empty; // nothing leaves before the journal has it
    const { sender } = await scenario.run();
    await until("they are mined", () => sender.status().mined === 2);
    await scenario.expectOnce(wanted);
  });

  it("finds what was mined meanwhile", async () => {
    scenario = await senderScenario({ automine: false });
    const first = await scenario.run();
    const wanted = intents(2);
    const lost = Promise.all(wanted.map((it) => codeOf(first.sender.send(it))));
    await until("they are taken", async () => (await pooled(scenario)) === 2);
    await first.stop();
    await lost;
    await scenario.chain.mine();
    const { sender } = await scenario.run();
    const mined = await sendAll(sender, wanted);
    expect(mined.map(({ nonce }) => nonce)).to.deep.equal([0, 1]);
    await scenario.expectOnce(wanted);
  });
});

describe("Sender with a key that another process has too", () => {
  let scenario: SenderScenario;

  afterEach(() => scenario.close());

  for (const forgetful of [false, true]) {
    const state = forgetful ? "its head alone" : "all blocks";
    it(`says so by the state of ${state}, and gives the intent another nonce when that one is final`, async () => {
      scenario = await senderScenario({ automine: false });
      const { chain, rpc } = scenario;
      const { sender, events } = await scenario.run({ finalityBlocks: 4 });
      rpc.faults.swallows = true; // the other process is quicker
      const [one] = intents(1);
      const sent = sender.send(one!);
      await until("it has its nonce", () => sender.status().open === 1);
      Object.assign(rpc.faults, { swallows: false, forgetful });
      const foreign = await foreignTransaction(scenario, 0);
      await chain.mine(3); // more than one since
      await until("it is seen", () => sender.isShared());
      const told = events.find((it) => it.status === "key-shared")!.error;
      expect(told.data).to.deep.include({ code: "KEY_SHARED", nonce: 0, txHash: foreign });
      expect(await chain.transactions()).to.have.length(1); // not before the other's is final
      await chain.mine(2);
      await until("it has another nonce", async () => (await pooled(scenario)) === 1);
      await chain.mine();
      expect((await sent).nonce).to.equal(1);
      expect(events.filter(({ status }) => status === "displaced")).to.have.length(1);
      await scenario.expectOnce([one!]);
    });
  }

  it("takes what another process of its journal had mined under the next nonce for its own", async () => {
    scenario = await senderScenario({ automine: true });
    const { chain, journal, rpc } = scenario;
    const [one, other] = intents(2);
    const quicker: Journal = {
      ...journal,
      async moved(key, used, floor) {
        const { sender, nonce } = await journal.moved(key, used, floor);
        const { to, data = "0x", gasLimit } = one!;
        const raw = await chain.wallet.signTransaction({ ...SIGNED, to, data, gasLimit, nonce });
        const hash = (await chain.ask("eth_sendRawTransaction", [raw])) as Hex;
        const receipt = (await chain.ask("eth_getTransactionReceipt", [hash])) as MinedAnswer;
        const blockNumber = Number(receipt.blockNumber);
        await journal.attempt(key, { hash, raw: raw as Hex, fees: { gasPrice: 1n } });
        await journal.mined(key, { hash, blockNumber, blockHash: receipt.blockHash, status: 1 });
        await chain.mine(2);
        await journal.final(key);
        return (await journal.at(sender, nonce))!; // it was moved there
      },
    };
    const { sender } = await scenario.run(
      { finalityBlocks: 2, maxInFlight: 1 },
      { journal: quicker },
    );
    rpc.faults.swallows = true;
    const sent = sender.send(one!);
    await until("it has its nonce", () => sender.status().open === 1);
    await foreignTransaction(scenario, 0);
    rpc.faults.swallows = false;
    await chain.mine(3);
    expect(await sent).to.deep.include({ nonce: 1, outcome: "succeeded" });
    expect((await sent).receipt?.gasUsed).to.be.a("bigint");
    await sender.send(other!); // which the first kept no longer
    await scenario.expectOnce([one!, other!]);
  });

  it("says so where it has nothing to send itself", async () => {
    scenario = await senderScenario({ automine: true });
    const { sender } = await scenario.run();
    await sendAll(sender, intents(1));
    await foreignTransaction(scenario, 1);
    await until("it is seen", () => sender.isShared());
    const wanted = intents(2, "more");
    const mined = await sendAll(sender, wanted);
    expect(mined.map(({ nonce }) => nonce)).to.deep.equal([2, 3]);
  });

  it("takes what the account did before for its history", async () => {
    scenario = await senderScenario({ automine: true });
    await foreignTransaction(scenario, 0);
    const { sender } = await scenario.run();
    const [mined] = await sendAll(sender, intents(1));
    expect(mined!.nonce).to.equal(1);
    expect(sender.isShared()).to.be.false;
  });

  it("does not believe a node that counts more than it can show", async () => {
    scenario = await senderScenario({ automine: true });
    const { sender } = await scenario.run();
    scenario.rpc.faults.nonceOffset = 2;
    const seen = scenario.rpc.calls.length;
    await until("it has looked", () => scenario.rpc.calls.length > seen + 40);
    expect(sender.isShared()).to.be.false;
    const wanted = intents(2);
    await sendAll(sender, wanted);
    await scenario.expectOnce(wanted);
  });
});

/** Transactions that wait for a block. */
async function pooled({ chain }: SenderScenario): Promise<number> {
  const pending = (await chain.ask("eth_pendingTransactions", [])) as readonly unknown[];
  return pending.length;
}

/** Waits until the sender has looked at the chain twice more. */
async function lookedTwice({ rpc }: SenderScenario): Promise<void> {
  const before = rpc.calls.length;
  await until("two looks", () => rpc.calls.length >= before + 12);
}

/** Mines until the sender is done with it. */
async function eventually<Result>(
  { chain }: SenderScenario,
  sent: Promise<Result>,
): Promise<Result> {
  let isDone = false;
  void sent.finally(() => (isDone = true));
  await chain.ask("evm_setBlockGasLimit", ["0x1c9c380"]);
  await until("it is done", async () => {
    await chain.mine();
    return isDone;
  });
  return sent;
}

/** Transactions of the account from before. */
async function warmUp(scenario: SenderScenario, count: number): Promise<void> {
  for (let nonce = 0; nonce < count; nonce++) await foreignTransaction(scenario, nonce);
  await scenario.chain.mine();
}

const SIGNED = {
  maxFeePerGas: 20_000_000_000n,
  maxPriorityFeePerGas: 1_000_000_000n,
  chainId: LOCAL_CHAIN_ID,
  type: 2,
} as const;

type MinedAnswer = { readonly blockNumber: Hex; readonly blockHash: Hex };

/** Signs with the sender's key, past its journal. */
async function foreignTransaction({ chain }: SenderScenario, nonce: number): Promise<string> {
  const to = chain.wallet.address;
  const raw = await chain.wallet.signTransaction({ ...SIGNED, to, nonce, gasLimit: 21_000n });
  return (await chain.ask("eth_sendRawTransaction", [raw])) as string;
}

/** The code of the error that it ends with. */
async function codeOf(sent: Promise<unknown>): Promise<string> {
  try {
    await sent;
  } catch (error) {
    if (error instanceof ChainError) return error.code;
    throw error;
  }
  return "none";
}
