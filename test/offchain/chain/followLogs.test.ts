import type {
  EndpointsOptions,
  EndpointsProvider,
  FollowOptions,
  LogBatch,
  LogCursor,
  LogFollower,
} from "@vouch/chain";
import { ChainError, followLogs, logCursorSchema, openEndpoints } from "@vouch/chain";
import { expect } from "chai";
import fc from "fast-check";
import { pino } from "pino";
import { FAKE_EMITTER, type FakeChain, fakeChain } from "../../helpers/fakeChain.ts";
import { type FaultyRpc, startFaultyRpc } from "../../helpers/faultyRpc.ts";
import { until } from "../../helpers/until.ts";

const FILTERS = [{ address: FAKE_EMITTER }];
const log = pino({ level: "silent" });

describe("followLogs", () => {
  let chain: FakeChain;

  const opened: EndpointsProvider[] = [];

  beforeEach(() => {
    chain = fakeChain();
  });

  afterEach(() => {
    for (const provider of opened.splice(0)) provider.destroy();
  });

  async function open(urls: readonly string[], options: EndpointsOptions) {
    const provider = await openEndpoints(urls, options);
    opened.push(provider);
    return provider;
  }

  describe("given a chain that only grows", () => {
    it("hands out each log once, and what comes later", async () => {
      chain.mine(300, 2);
      const reader = readerOf(chain, { blockRange: 50 });
      await reader.drain();
      expect(reader.data()).to.deep.equal(chain.data());
      chain.mine(3);
      await reader.drain();
      expect(reader.data()).to.deep.equal(chain.data());
      expect(reader.batches.every(({ removed }) => !removed)).to.be.true;
      expect(Math.max(...reader.batches.map(sizeOf))).to.be.at.most(50);
    });

    it("goes on from a stored cursor, without a block twice or left out", async () => {
      chain.mine(10);
      const first = readerOf(chain);
      await first.drain();
      chain.mine(200);
      const stored = logCursorSchema.parse(JSON.parse(JSON.stringify(first.follower.cursor())));
      const second = readerOf(chain, {}, stored);
      await second.drain();
      expect([...first.data(), ...second.data()]).to.deep.equal(chain.data());
      expect(second.batches[0]!.fromBlock).to.equal(11);
    });

    it("hands out no block without its confirmations", async () => {
      chain.mine(20);
      const reader = readerOf(chain, { confirmations: 6 });
      await reader.drain();
      expect(reader.batches.at(-1)!.toBlock).to.equal(14);
    });

    it("hands out a batch again whose effects were not stored", async () => {
      chain.mine(5);
      const reader = readerOf(chain);
      reader.failNext();
      expect(await codeOf(reader.drain())).to.equal("disk");
      await reader.drain();
      expect(reader.data()).to.deep.equal(chain.data());
    });
  });

  describe("given a node that gives few blocks at once", () => {
    it("asks for fewer until it answers, and never for many again and again", async () => {
      chain.mine(1_000);
      const rpc = await startFaultyRpc(chain.ask, { maxLogRange: 30 });
      const provider = await open([rpc.url], { pollIntervalMs: 10_000 });
      const reader = readerOf(provider, { maxReorgDepth: 4 });
      await reader.drain();
      expect(reader.data()).to.deep.equal(chain.data());
      expect(Math.max(...reader.batches.map(sizeOf))).to.be.at.most(30);
      expect(rpc.calls.filter((it) => it === "eth_getLogs").length).to.be.below(120);
      await rpc.close();
    });
  });

  describe("given a reorganisation", () => {
    it("takes back five blocks and hands out those that replace them", async () => {
      chain.mine(30);
      const reader = readerOf(chain);
      await reader.drain();
      chain.reorganise(5);
      await reader.drain();
      const removed = reader.batches.filter((it) => it.removed);
      expect(removed).to.deep.equal([{ fromBlock: 26, toBlock: 30, removed: true, logs: [] }]);
      expect(reader.data()).to.deep.equal(chain.data());
    });

    it("takes nothing back where the blocks had not their confirmations", async () => {
      chain.mine(30);
      const reader = readerOf(chain, { confirmations: 5 });
      await reader.drain();
      chain.reorganise(5);
      chain.mine(10);
      await reader.drain();
      expect(reader.batches.some((it) => it.removed)).to.be.false;
    });

    it("begins before the first block that was handed out", async () => {
      chain.mine(30);
      const reader = readerOf(chain, { firstBlock: 28 });
      await reader.drain();
      chain.reorganise(10);
      await reader.drain();
      expect(reader.data()).to.deep.equal(chain.data().slice(28));
      expect(reader.batches[1]).to.include({ fromBlock: 28, toBlock: 30, removed: true });
    });

    it("waits for a node that was set back, and takes back only what it replaces", async () => {
      chain.mine(30);
      const reader = readerOf(chain);
      await reader.drain();
      chain.setBack(5);
      await reader.drain();
      expect(reader.batches.some((it) => it.removed)).to.be.false;
      chain.mine(6);
      await reader.drain();
      expect(reader.data()).to.deep.equal(chain.data());
    });

    it("refuses one that is deeper than hashes are kept", async () => {
      chain.mine(30);
      const reader = readerOf(chain, { maxReorgDepth: 8 });
      await reader.drain();
      chain.reorganise(9);
      expect(await codeOf(reader.drain())).to.equal("REORG_TOO_DEEP");
    });
  });

  describe("given a node that is behind in what it says", () => {
    let rpc: FaultyRpc;

    beforeEach(async () => {
      rpc = await startFaultyRpc(chain.ask);
    });

    afterEach(() => rpc.close());

    it("does not take missing logs for none", async () => {
      const provider = await open([rpc.url], { pollIntervalMs: 10_000 });
      chain.mine(10);
      const reader = readerOf(provider);
      rpc.faults.emptyLogs = true;
      expect(await codeOf(reader.drain())).to.equal("LOGS_INCONSISTENT");
      rpc.faults.emptyLogs = false;
      await reader.drain();
      expect(reader.data()).to.deep.equal(chain.data());
    });

    it("does not take them for none where it has each receipt alone", async () => {
      const apart = await startFaultyRpc((method, params) =>
        method === "eth_getBlockReceipts"
          ? Promise.reject(new Error(`Method ${method} is not supported`))
          : chain.ask(method, params),
      );
      const provider = await open([apart.url], { pollIntervalMs: 10_000 });
      chain.mine(10);
      const reader = readerOf(provider);
      apart.faults.emptyLogs = true;
      expect(await codeOf(reader.drain())).to.equal("LOGS_INCONSISTENT");
      apart.faults.emptyLogs = false;
      await reader.drain();
      expect(reader.data()).to.deep.equal(chain.data());
      await apart.close();
    });

    it("goes on at another, which has them", async () => {
      chain.mine(10); // before: no look at the heads is to find the slower one behind
      const sound = await startFaultyRpc(chain.ask, { delayMs: 30 });
      const provider = await open([rpc.url, sound.url], { pollIntervalMs: 10_000 });
      rpc.faults.emptyLogs = true;
      const reader = readerOf(provider);
      expect(await codeOf(reader.drain())).to.equal("LOGS_INCONSISTENT");
      await reader.drain();
      expect(reader.data()).to.deep.equal(chain.data());
      expect(provider.status()[0]!.state).to.equal("down");
      await sound.close();
    });

    it("takes nothing back for a node that is behind what was read", async () => {
      const provider = await open([rpc.url], { pollIntervalMs: 10_000 });
      chain.mine(10);
      const reader = readerOf(provider);
      await reader.drain();
      rpc.faults.lag = 4;
      await reader.drain();
      rpc.faults.lag = 0;
      chain.mine(2);
      await reader.drain();
      expect(reader.batches.some((it) => it.removed)).to.be.false;
      expect(reader.data()).to.deep.equal(chain.data());
    });
  });

  describe("start", () => {
    it("goes on through faults until it is aborted", async () => {
      const rpc = await startFaultyRpc(chain.ask);
      const provider = await open([rpc.url], { pollIntervalMs: 10, timeoutMs: 500 });
      const reader = readerOf(provider, { pollIntervalMs: 10 });
      const running = new AbortController();
      const ended = reader.follower.start(running.signal);
      for (const fault of ["drops", "garbage", "emptyLogs"] as const) {
        rpc.faults[fault] = true;
        chain.mine(5);
        await reader.failuresTo(rpc);
        rpc.faults[fault] = false;
        await reader.reach(chain.head());
      }
      running.abort();
      await ended;
      expect(reader.data()).to.deep.equal(chain.data());
      await rpc.close();
    });
  });

  it("ends with the chain's logs, whatever the chain did (property)", async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("mine" as const), count: fc.integer({ min: 1, max: 12 }) }),
      fc.record({ do: fc.constant("reorganise" as const), count: fc.integer({ min: 1, max: 6 }) }),
      fc.record({ do: fc.constant("read" as const), count: fc.integer({ min: 1, max: 3 }) }),
    );
    const options = fc.record({
      confirmations: fc.integer({ min: 0, max: 3 }),
      blockRange: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), options, async (steps, chosen) => {
        const random = fakeChain();
        random.mine(8);
        const reader = readerOf(random, { ...chosen, maxReorgDepth: 500 });
        for (const { do: what, count } of steps) {
          if (what === "mine") random.mine(count, count % 3);
          else if (what === "reorganise") random.reorganise(count);
          else for (let polled = 0; polled < count; polled++) await reader.follower.poll();
        }
        random.mine(chosen.confirmations, 0);
        await reader.drain();
        expect(reader.data()).to.deep.equal(random.data());
      }),
      { numRuns: process.env["VOUCH_DEEP"] === "1" ? 2_000 : 150, seed: 6 },
    );
  });
});

type Reader = {
  readonly follower: LogFollower;
  readonly batches: readonly LogBatch[];
  /** What the logs hold that were handed out and not taken back. */
  readonly data: () => readonly string[];
  readonly drain: () => Promise<void>;
  readonly failNext: () => void;
  readonly failuresTo: (rpc: FaultyRpc) => Promise<void>;
  readonly reach: (block: number) => Promise<void>;
};

/** A consumer that keeps what it is handed by block, as a table does. */
function readerOf(
  source: FakeChain | EndpointsProvider,
  options: FollowOptions = {},
  cursor?: LogCursor,
): Reader {
  const batches: LogBatch[] = [];
  const kept = new Map<number, string[]>();
  let mustFail = false;
  const chain =
    "ask" in source
      ? { send: (method: string, params: unknown[]) => source.ask(method, params) }
      : source;
  const follower = followLogs(options, {
    chain,
    filters: FILTERS,
    cursor,
    log,
    commit(batch) {
      if (mustFail) {
        mustFail = false;
        return Promise.reject(Object.assign(new Error("no room"), { code: "disk" }));
      }
      batches.push(batch);
      for (let block = batch.fromBlock; block <= batch.toBlock; block++) {
        const logs = batch.logs.filter((it) => it.blockNumber === block).map(({ data }) => data);
        if (batch.removed) expect(kept.delete(block), `block ${block}`).to.be.true;
        else {
          expect(kept.has(block), `block ${block}`).to.be.false;
          kept.set(block, logs);
        }
      }
      return Promise.resolve();
    },
  });
  return {
    follower,
    batches,
    data: () => [...kept].sort(([a], [b]) => a - b).flatMap(([, logs]) => logs),
    async drain() {
      while (await follower.poll());
    },
    failNext() {
      mustFail = true;
    },
    async failuresTo(rpc) {
      const before = rpc.calls.length;
      await until("it asked", () => rpc.calls.length > before || rpc.faults.drops);
    },
    reach: (block) => until(`block ${block}`, () => follower.cursor().next === block + 1),
  };
}

function sizeOf({ fromBlock, toBlock }: LogBatch): number {
  return toBlock - fromBlock + 1;
}

async function codeOf(done: Promise<unknown>): Promise<string> {
  try {
    await done;
  } catch (error) {
    if (error instanceof ChainError) return error.code;
    return (error as { readonly code: string }).code;
  }
  return "none";
}
