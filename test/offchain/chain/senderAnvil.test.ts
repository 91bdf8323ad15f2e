import type { MinedReceipt } from "@vouch/chain";
import { createSender, memoryJournal, nodeFees, openEndpoints } from "@vouch/chain";
import { expect } from "chai";
import { toQuantity, Wallet } from "ethers";
import { pino } from "pino";
import { type Anvil, findAnvil, startAnvil } from "../../helpers/anvil.ts";
import { startFaultyRpc } from "../../helpers/faultyRpc.ts";
import { intents, sendAll } from "../../helpers/senderScenario.ts";
import { until } from "../../helpers/until.ts";

const path = findAnvil();

describe("Sender on anvil", () => {
  if (path === undefined) {
    process.stdout.write(
      "\n  NOT TRIED: Sender on anvil. npm install --no-save @foundry-rs/anvil-linux-amd64@1.7.1\n\n",
    );
    return;
  }

  let anvil: Anvil;
  let close: () => Promise<void>;

  beforeEach(async () => {
    anvil = await startAnvil(path);
  });

  afterEach(async () => {
    await close();
    await anvil.close();
  });

  async function start(confirmations: number) {
    const rpc = await startFaultyRpc(anvil.ask);
    const provider = await openEndpoints([rpc.url], { pollIntervalMs: 20 });
    const wallet = new Wallet(`0x${"5f".repeat(32)}`);
    await anvil.ask("anvil_setBalance", [wallet.address, toQuantity(10n ** 22n)]);
    const journal = memoryJournal();
    const sender = await createSender(
      { chainId: 31337, confirmations, pollIntervalMs: 20, resendMs: 300 },
      {
        signer: wallet,
        provider,
        journal,
        feePolicy: nodeFees({ bumpAfterBlocks: 2 }),
        log: pino({ level: "silent" }),
      },
    );
    const running = new AbortController();
    const ended = sender.start(running.signal);
    close = async () => {
      running.abort();
      await ended;
      provider.destroy();
      await rpc.close();
    };
    return { sender, journal, rpc, wallet };
  }

  async function mineUntil(sent: Promise<readonly MinedReceipt[]>) {
    let isDone = false;
    void sent.finally(() => (isDone = true));
    await until("it is done", async () => {
      await anvil.ask("evm_mine", []);
      return isDone;
    });
    return sent;
  }

  it("pays more for what the base fee rose above", async () => {
    const { sender, journal } = await start(0);
    const sent = sendAll(sender, intents(3));
    await until("they are sent", () => sender.status().open === 3);
    await anvil.ask("anvil_setNextBlockBaseFeePerGas", [toQuantity(50_000_000_000n)]);
    const mined = await mineUntil(sent);
    expect(mined.map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2]);
    expect((await journal.at(sender.address, 0))!.attempts.length).to.be.greaterThan(1);
  });

  it("sends again what a reorganisation of five blocks took", async () => {
    const { sender, wallet } = await start(6);
    const sent = sendAll(sender, intents(3));
    await until("they are sent", () => sender.status().open === 3);
    for (let block = 0; block < 5; block++) await anvil.ask("evm_mine", []);
    await until("they are mined", () => sender.status().mined === 3);
    await anvil.ask("anvil_reorg", [5, []]);
    await mineUntil(sent);
    expect(Number(await anvil.ask("eth_getTransactionCount", [wallet.address, "latest"]))).to.equal(
      3,
    );
  });

  it("replaces and orders what came to the pool with a gap", async () => {
    const { sender, rpc } = await start(0);
    rpc.faults.swallows = true;
    const first = sendAll(sender, intents(2));
    await until("they are asked for", () => sender.status().open === 2);
    rpc.faults.swallows = false;
    const rest = sendAll(sender, intents(6).slice(2));
    const mined = await mineUntil(Promise.all([first, rest]).then((it) => it.flat()));
    expect(mined.map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2, 3, 4, 5]);
  });
});
