import type { Executable, IntegerSession } from "@vouch/execution";
import { expect } from "chai";
import { createBackOff } from "../../../offchain/execution/backOff.ts";
import type { SessionCache } from "../../../offchain/execution/sessionCache.ts";
import { createSessionCache } from "../../../offchain/execution/sessionCache.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { releaseNamed } from "../../helpers/executables.ts";

/** An executable that is only a name and a size. */
function sized(name: string, residentBytes: number): Executable {
  return { release: releaseNamed(name), path: name, residentBytes } as Executable;
}

/** Lets everything that can go on go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** A gate that work waits at. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

type Trace = {
  readonly cache: SessionCache;
  readonly loaded: string[];
  readonly released: string[];
  /** Loads of these fail. */
  readonly broken: Set<string>;
  readonly mostLoads: () => number;
  readonly advance: (ms: number) => void;
};

/** A cache over sessions that note what happens to them. */
function traced(budgetBytes: number, maxConcurrentLoads = 2, loading?: Promise<void>): Trace {
  const [loaded, released]: [string[], string[]] = [[], []];
  const broken = new Set<string>();
  let [running, most, time] = [0, 0, 0];
  const now = (): number => time;
  const load = async ({ path }: Executable): Promise<IntegerSession> => {
    running += 1;
    most = Math.max(most, running);
    await (loading ?? new Promise((resolve) => setImmediate(resolve)));
    running -= 1;
    if (broken.has(path)) throw new RangeError(`${path} is broken`);
    loaded.push(path);
    return {
      run: (inputs) => Promise.resolve(inputs),
      release: () => {
        released.push(path);
        return Promise.resolve();
      },
    };
  };
  const deps = { load, backOff: createBackOff(now), now };
  return {
    cache: createSessionCache({ budgetBytes, maxConcurrentLoads }, deps),
    loaded,
    released,
    broken,
    mostLoads: () => most,
    advance: (ms) => {
      time += ms;
    },
  };
}

const nothing = (): Promise<void> => Promise.resolve();

describe("createSessionCache", () => {
  it("loads a session once, however many ask for it", async () => {
    const { cache, loaded } = traced(100);
    const a = sized("a", 40);
    await Promise.all([cache.use(a, nothing), cache.use(a, nothing), cache.use(a, nothing)]);
    await cache.use(a, nothing);
    expect(loaded).to.deep.equal(["a"]);
    expect(cache.stats()).to.include({ hits: 3, loads: 1, sessions: 1, residentBytes: 40 });
  });

  it("evicts the least recently used, and only as many as it must", async () => {
    const { cache, released } = traced(100);
    for (const name of ["a", "b", "c"]) await cache.use(sized(name, 30), nothing);
    await cache.use(sized("a", 30), nothing);
    await cache.use(sized("d", 30), nothing);
    expect(released).to.deep.equal(["b"]);
    await cache.use(sized("e", 60), nothing);
    expect(released).to.deep.equal(["b", "c", "a"]);
    expect(cache.stats()).to.include({ sessions: 2, residentBytes: 90, evictions: 3 });
  });

  it("never evicts what is in use: who needs its room waits, first come first", async () => {
    const { cache, loaded, released } = traced(100);
    const [first, second] = [gate(), gate()];
    const usesA = cache.use(sized("a", 50), () => first.opened);
    const usesB = cache.use(sized("b", 50), () => second.opened);
    const wantsAll = cache.use(sized("large", 100), nothing);
    const wantsLittle = cache.use(sized("small", 10), nothing);
    await settle();
    expect(loaded).to.deep.equal(["a", "b"]);
    first.open();
    await usesA;
    await settle();
    expect(loaded).to.deep.equal(["a", "b"]);
    second.open();
    await Promise.all([usesB, wantsAll, wantsLittle]);
    expect(loaded).to.deep.equal(["a", "b", "large", "small"]);
    expect(released).to.deep.equal(["a", "b", "large"]);
    expect(cache.stats().residentBytes).to.equal(10);
  });

  it("stays within its budget at every load", async () => {
    const budget = 100;
    const { cache } = traced(budget, 4);
    const most: number[] = [];
    const uses = Array.from({ length: 60 }, (_, i) =>
      cache.use(sized(`${(i * 7) % 13}`, 10 + ((i * 7) % 13) * 5), async () => {
        most.push(cache.stats().residentBytes);
        await settle();
      }),
    );
    await Promise.all(uses);
    expect(Math.max(...most)).to.be.at.most(budget);
  });

  it("loads no more at once than it may", async () => {
    const loading = gate();
    const { cache, mostLoads } = traced(1_000, 2, loading.opened);
    const uses = ["a", "b", "c", "d"].map((it) => cache.use(sized(it, 10), nothing));
    await settle();
    expect(mostLoads()).to.equal(2);
    loading.open();
    await Promise.all(uses);
    expect(mostLoads()).to.equal(2);
  });

  it("refuses what would never fit, and evicts nothing for it", async () => {
    const { cache, released } = traced(100);
    await cache.use(sized("a", 90), nothing);
    expect(await codeOfPromise(cache.use(sized("b", 101), nothing))).to.equal("MODEL_TOO_LARGE");
    expect(released).to.deep.equal([]);
  });

  describe("given a release that cannot be loaded", () => {
    it("tells everybody who waits, gives its room back, and serves the others", async () => {
      const { cache, broken } = traced(100);
      broken.add("a");
      const uses = [1, 2].map(() => cache.use(sized("a", 100), nothing).catch(String));
      expect(new Set(await Promise.all(uses))).to.deep.equal(new Set(["RangeError: a is broken"]));
      expect(cache.stats()).to.include({ sessions: 0, residentBytes: 0, failures: 1 });
      await cache.use(sized("b", 100), nothing);
    });

    it("tries it again at once, then after 1 s, then after 2 s, and forgets when it works", async () => {
      const { cache, broken, advance } = traced(100);
      const a = sized("a", 10);
      const outcome = (): Promise<string | undefined> =>
        codeOfPromise(cache.use(a, nothing)).catch((error: unknown) => (error as Error).name);
      broken.add("a");
      expect([await outcome(), await outcome()]).to.deep.equal(["RangeError", "RangeError"]);
      advance(999);
      expect(await outcome()).to.equal("RELEASE_BACKED_OFF");
      advance(1);
      expect(await outcome()).to.equal("RangeError");
      advance(1_999);
      expect(await outcome()).to.equal("RELEASE_BACKED_OFF");
      broken.delete("a");
      advance(1);
      expect([await outcome(), await outcome()]).to.deep.equal([undefined, undefined]);
      expect(cache.stats().residentBytes).to.equal(10);
    });
  });

  it("takes a release that loads, and fails whenever it runs, for one that fails", async () => {
    const { cache, loaded, advance } = traced(100);
    const a = sized("a", 10);
    const run = (): Promise<string> =>
      cache.use(a, () => Promise.reject(new RangeError("no memory"))).catch(String);
    for (let i = 0; i < 2; i++) {
      await cache.warm(a);
      expect(await run()).to.equal("RangeError: no memory");
    }
    expect(await codeOfPromise(cache.warm(a))).to.equal("RELEASE_BACKED_OFF");
    advance(1_000);
    await cache.warm(a);
    await cache.warm(a);
    expect(loaded).to.deep.equal(["a", "a", "a"]);
    await cache.use(a, nothing);
    expect(cache.stats()).to.include({ sessions: 1, residentBytes: 10 });
  });

  it("uses no session again whose work failed, but lets others finish with it", async () => {
    const { cache, loaded, released } = traced(100);
    const a = sized("a", 10);
    const longer = gate();
    const other = cache.use(a, () => longer.opened);
    const failing = cache.use(a, () => Promise.reject(new RangeError("no memory")));
    expect(await failing.catch(String)).to.equal("RangeError: no memory");
    expect(released).to.deep.equal([]);
    await cache.use(a, nothing);
    expect(loaded).to.deep.equal(["a", "a"]);
    longer.open();
    await other;
    expect(released).to.deep.equal(["a"]);
    expect(cache.stats()).to.include({ sessions: 1, residentBytes: 10 });
  });

  it("closes each session when its work is done", async () => {
    const { cache, released } = traced(100);
    const longer = gate();
    await cache.use(sized("a", 10), nothing);
    const busy = cache.use(sized("b", 10), () => longer.opened);
    await settle();
    const closed = cache.close();
    await settle();
    expect(released).to.deep.equal(["a"]);
    longer.open();
    await Promise.all([busy, closed]);
    expect(released).to.deep.equal(["a", "b"]);
    expect(cache.stats()).to.include({ sessions: 0, residentBytes: 0 });
  });

  it("gives back no room that it did not take, where what it puts out cannot be freed", async () => {
    const load = (): Promise<IntegerSession> =>
      Promise.resolve({
        run: (inputs) => Promise.resolve(inputs),
        release: () => Promise.reject(new RangeError("it is stuck")),
      });
    const now = (): number => 0;
    const cache = createSessionCache(
      { budgetBytes: 100, maxConcurrentLoads: 2 },
      { load, backOff: createBackOff(now), now },
    );
    await cache.warm(sized("a", 60));
    const fault = await cache.warm(sized("b", 50)).catch((error: unknown) => error);
    expect(fault).to.be.instanceOf(RangeError);
    expect(cache.stats()).to.include({ sessions: 0, residentBytes: 0 });
  });
});
