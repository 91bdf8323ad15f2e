import type { GasMarket } from "@vouch/chain";
import type { RequestId, RequestParams } from "@vouch/protocol";
import type { ChainMarket, Next, Settled, Settler, SettlerOptions } from "@vouch/worker";
import { createSettler } from "@vouch/worker";
import { expect } from "chai";
import { pino } from "pino";
import { codeOfPromise } from "../../../helpers/codeOf.ts";
import { until } from "../../../helpers/until.ts";

const CHEAP: GasMarket = { now: 10n, low: 10n, high: 100n };
const DEAR: GasMarket = { now: 100n, low: 10n, high: 100n };
const MIDDLE: GasMarket = { now: 55n, low: 10n, high: 100n };
const FAR = 1_000_000;

const idOf = (name: string): RequestId => `0x${Buffer.from(name).toString("hex")}` as RequestId;
const nameOf = (id: RequestId): string => Buffer.from(id.slice(2), "hex").toString();

/** A chain and a clock that go on by hand, and transactions that are mined by hand. */
function bench({
  gas: own = 130_000n,
  ...options
}: Partial<SettlerOptions & { gas: bigint }> = {}) {
  let now = 0;
  let gas: GasMarket = CHEAP;
  let isDown = false;
  const timers = new Set<{ readonly at: number; readonly callback: () => void }>();
  const batches: (readonly string[])[] = [];
  const asked = new Map<string, Promise<Next>>();
  const mining: ((settled: Settled) => void)[] = [];
  let looks = 0;
  const settler: Settler = createSettler(
    { maxItems: 4, parallel: 1, gatherSeconds: 0, waitSeconds: 0, ...options },
    {
      settle(batch) {
        batches.push(batch.map(({ id }) => nameOf(id)));
        return new Promise((resolve) => mining.push(resolve));
      },
      weigh: () =>
        Promise.resolve({
          singleGas: own,
          batchedGas: own - 21_000n,
          bytes: 2_000,
          baseGas: 30_000n,
        }),
      market(): Promise<ChainMarket> {
        looks += 1;
        if (isDown) return Promise.reject(new Error("no endpoint answers"));
        return Promise.resolve({ time: FAR + now, gas });
      },
      log: pino({ level: "silent" }),
      clock: () => now,
      timer(seconds, callback) {
        const timer = { at: now + seconds, callback };
        timers.add(timer);
        return () => void timers.delete(timer);
      },
    },
  );
  /** Lets all that is ready to go on do so. */
  const settled = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return {
    batches,
    settler,
    looks: () => looks,
    price: (market: GasMarket): void => {
      gas = market;
    },
    down: (is: boolean): void => {
      isDown = is;
    },
    /** Asks for answers to be settled; `left` seconds before their requests' deadline. */
    ask: async (names: string, left = 100_000): Promise<void> => {
      const params = { deadline: FAR + now + left } as RequestParams;
      for (const name of names) {
        const plan = { evidence: ["signature"], judge: undefined } as const;
        const next = settler.settle({ id: idOf(name), params, plan });
        next.catch(() => undefined); // whoever looks at it sees
        asked.set(name, next);
      }
      await settled();
    },
    nextOf: (name: string): Promise<Next> => asked.get(name) ?? Promise.reject(new Error(name)),
    pass: async (seconds: number): Promise<void> => {
      const end = now + seconds;
      for (;;) {
        const due = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        timers.delete(due);
        now = due.at;
        due.callback();
        await settled();
      }
      now = end;
      await settled();
    },
    mine: async (outcome: Settled = new Map()): Promise<void> => {
      mining.shift()?.(outcome);
      await settled();
    },
  };
}

describe("createSettler", () => {
  describe("given no time to wait", () => {
    it("settles at once, at any price, without a look at the chain", async () => {
      const { ask, batches, looks, price } = bench();
      price(DEAR);
      await ask("a");
      expect(batches).to.deep.equal([["a"]]);
      expect(looks()).to.equal(0);
    });

    it("gathers while a transaction is under way, and no more than fit", async () => {
      const { ask, batches, mine } = bench();
      await ask("a");
      await ask("bcdefg");
      expect(batches).to.have.length(1);
      await mine();
      expect(batches[1]).to.deep.equal(["b", "c", "d", "e"]);
      await mine();
      expect(batches[2]).to.deep.equal(["f", "g"]);
    });

    it("has as many transactions under way as may be", async () => {
      const { ask, batches } = bench({ parallel: 2 });
      await ask("a");
      await ask("b");
      await ask("c");
      expect(batches).to.deep.equal([["a"], ["b"]]);
    });
  });

  describe("given time for others to come", () => {
    const options = { gatherSeconds: 30 };

    it("settles those that came together", async () => {
      const { ask, batches, pass } = bench(options);
      await ask("a");
      await pass(20);
      await ask("b");
      expect(batches).to.deep.equal([]);
      await pass(10);
      expect(batches).to.deep.equal([["a", "b"]]);
    });

    it("waits no longer once a transaction is full", async () => {
      const { ask, batches } = bench(options);
      await ask("abcd");
      expect(batches).to.deep.equal([["a", "b", "c", "d"]]);
    });

    it("waits no longer once a transaction is full by its gas, and takes what fits", async () => {
      const { ask, batches, mine } = bench({ gatherSeconds: 60, maxItems: 100, gas: 6_000_000n });
      await ask("ab");
      expect(batches).to.deep.equal([]);
      await ask("c");
      expect(batches).to.deep.equal([["a", "b"]]);
      await mine();
      expect(batches).to.have.length(1); // the third waits for others of its own
    });

    it("waits for nobody where its deadline is near, and takes the others along", async () => {
      const { ask, batches } = bench(options);
      await ask("a");
      await ask("b", 120);
      expect(batches).to.deep.equal([["b", "a"].sort()]);
    });

    it("waits until the margin before its deadline begins", async () => {
      const { ask, batches, pass } = bench(options);
      await ask("a", 130);
      await pass(9);
      expect(batches).to.deep.equal([]);
      await pass(2);
      expect(batches).to.deep.equal([["a"]]);
    });
  });

  describe("given time for cheaper gas", () => {
    const options = { waitSeconds: 600 };

    it("settles at once where gas is as cheap as it was", async () => {
      const { ask, batches } = bench(options);
      await ask("a");
      expect(batches).to.deep.equal([["a"]]);
    });

    it("waits while it is dear, and settles what has gathered once it is not", async () => {
      const { ask, batches, pass, price } = bench(options);
      price(DEAR);
      await ask("a");
      await pass(100);
      await ask("b");
      expect(batches).to.deep.equal([]);
      price(CHEAP);
      await pass(12);
      expect(batches).to.deep.equal([["a", "b"]]);
    });

    it("takes half of the way to the dearest price when half of its time has passed", async () => {
      const { ask, batches, pass, price } = bench(options);
      price(MIDDLE);
      await ask("a");
      await pass(280);
      expect(batches).to.deep.equal([]);
      await pass(32);
      expect(batches).to.deep.equal([["a"]]);
    });

    it("pays any price when its time is over", async () => {
      const { ask, batches, pass, price } = bench(options);
      price({ ...DEAR, now: 1_000n });
      await ask("a");
      await pass(590);
      expect(batches).to.deep.equal([]);
      await pass(22);
      expect(batches).to.deep.equal([["a"]]);
    });

    it("pays any price near its request's deadline", async () => {
      const { ask, batches, pass, price } = bench(options);
      price({ ...DEAR, now: 1_000n });
      await ask("a", 180);
      await pass(55);
      expect(batches).to.deep.equal([]);
      await pass(17);
      expect(batches).to.deep.equal([["a"]]);
    });

    it("looks again where the chain does not answer", async () => {
      const { ask, batches, down, pass } = bench(options);
      down(true);
      await ask("a");
      expect(batches).to.deep.equal([]);
      down(false);
      await pass(12);
      expect(batches).to.deep.equal([["a"]]);
    });
  });

  it("tells each what became of it alone", async () => {
    const { ask, mine, nextOf } = bench();
    await ask("a");
    await ask("bc");
    await mine();
    const failure = Object.assign(new Error("refused"), { code: "FULFILMENT_REFUSED" });
    await mine(
      new Map<RequestId, Next | Error>([
        [idOf("b"), failure],
        [idOf("c"), { next: "watch" }],
      ]),
    );
    expect(await nextOf("a")).to.deep.equal({ next: "over" });
    expect(await codeOfPromise(nextOf("b"))).to.equal("FULFILMENT_REFUSED");
    expect(await nextOf("c")).to.deep.equal({ next: "watch" });
  });

  it("gives back what waits when it is closed, and takes no more", async () => {
    const { ask, batches, nextOf, pass, settler } = bench({ gatherSeconds: 30 });
    await ask("a");
    settler.close();
    expect(await codeOfPromise(nextOf("a"))).to.equal("STOPPING");
    await ask("b");
    expect(await codeOfPromise(nextOf("b"))).to.equal("STOPPING");
    await pass(100);
    expect(batches).to.deep.equal([]);
  });

  it("goes by a clock of its own where it is given none", async () => {
    const done: number[] = [];
    const settler = createSettler(
      { maxItems: 4, parallel: 1, gatherSeconds: 0.02, waitSeconds: 0 },
      {
        settle(batch) {
          done.push(batch.length);
          return Promise.resolve(new Map());
        },
        weigh: () => Promise.resolve({ singleGas: 2n, batchedGas: 1n, bytes: 1, baseGas: 0n }),
        market: () => Promise.resolve({ time: 0, gas: CHEAP }),
        log: pino({ level: "silent" }),
      },
    );
    const plan = { evidence: ["signature"], judge: undefined } as const;
    const params = { deadline: FAR } as RequestParams;
    await Promise.all(["a", "b"].map((name) => settler.settle({ id: idOf(name), params, plan })));
    await until("both are settled", () => done.length > 0);
    expect(done).to.deep.equal([2]);
  });
});
