import { expect } from "chai";
import { ZeroAddress, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { INTERVAL, MAX_AGE, WINDOW, optimistic } from "../../helpers/feedScenario.ts";
import {
  CURVE,
  FALLBACK,
  HEARTBEAT,
  RULES,
  SOURCE,
  SWAP,
  deployHook,
} from "../../helpers/hookScenario.ts";
import type { Rules } from "../../helpers/hookScenario.ts";
import { all, signature, zk } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;

/** An output of so many 256ths; the second element is the feed's confidence. */
const forecast = (n: bigint): bigint[] => [n, 0n];

const at = (time: bigint): Promise<void> => networkHelpers.time.setNextBlockTimestamp(time);

describe("VolatilityFee.beforeSwap", () => {
  describe("given a round that meets the floor", () => {
    it("takes the fee from the curve, and says so once", async () => {
      const { feed, feedRound, hook, swap, pools } = await deployHook();
      await feedRound(feed, 0n, forecast(128n));
      const first = swap();
      await expect(first).to.emit(pools, "Swapped").withArgs(6_500n);
      await expect(first).to.emit(hook, "FeeFollowed").withArgs(1n, 6_500n);
      const second = swap();
      await expect(second).to.emit(pools, "Swapped").withArgs(6_500n);
      await expect(second).to.not.emit(hook, "FeeFollowed");
      expect([...(await hook.feeNow())]).to.deep.equal([6_500n, SOURCE.following, 1n]);
    });

    it("stays between the curve's ends, whatever the answer", async () => {
      const { feed, feedRound, swap, pools } = await deployHook();
      await feedRound(feed, 0n, forecast(-(2n ** 31n)));
      await expect(swap()).to.emit(pools, "Swapped").withArgs(500n);
      await feedRound(feed, 1n, forecast(2n ** 31n - 1n));
      await expect(swap()).to.emit(pools, "Swapped").withArgs(10_000n);
    });
  });

  describe("given no round", () => {
    it("falls back, and says so once", async () => {
      const { hook, swap, pools } = await deployHook();
      const first = swap();
      await expect(first).to.emit(pools, "Swapped").withArgs(FALLBACK);
      await expect(first).to.emit(hook, "FeeFellBack").withArgs(SOURCE.unavailable, 0n, FALLBACK);
      await expect(swap()).to.not.emit(hook, "FeeFellBack");
    });
  });

  describe("given a round whose successor is missing", () => {
    it("falls back past the heartbeat, and follows the next round", async () => {
      const { feed, feedRound, hook, swap, pools } = await deployHook();
      await feedRound(feed, 0n, forecast(0n));
      const { updatedAt } = await feed.latestRoundData();
      await at(updatedAt + HEARTBEAT);
      await expect(swap()).to.emit(pools, "Swapped").withArgs(3_000n);
      await at(updatedAt + HEARTBEAT + 1n);
      await expect(swap()).to.emit(hook, "FeeFellBack").withArgs(SOURCE.stale, 1n, FALLBACK);
      await feedRound(feed, 2n, forecast(0n));
      await expect(swap()).to.emit(hook, "FeeFollowed").withArgs(2n, 3_000n);
    });

    it("falls back once the feed itself calls the round stale", async () => {
      const { feed, feedRound, hook, swap, pools } = await deployHook();
      await feedRound(feed, 0n, forecast(0n));
      const { startedAt } = await feed.latestRoundData();
      await at(startedAt + MAX_AGE + 1n);
      const swapped = swap();
      await expect(swapped).to.emit(pools, "Swapped").withArgs(FALLBACK);
      await expect(swapped).to.emit(hook, "FeeFellBack").withArgs(SOURCE.unavailable, 0n, FALLBACK);
    });
  });

  describe("given an answer that took long to become final", () => {
    it("counts the age of its input", async () => {
      const { feed, feedRound, swap, pools } = await deployHook({
        ...{ maxInputAge: 60n, heartbeat: HEARTBEAT },
      });
      await feedRound(feed, 0n, forecast(0n));
      const { startedAt } = await feed.latestRoundData();
      await at(startedAt + 60n);
      await expect(swap()).to.emit(pools, "Swapped").withArgs(3_000n);
      await at(startedAt + 61n);
      await expect(swap()).to.emit(pools, "Swapped").withArgs(FALLBACK);
    });
  });

  describe("given a round below the floor", () => {
    it("falls back, and asks the router once", async () => {
      const { feed, feedRound, hook, swap, pools } = await deployHook({ floor: all(zk()) });
      await feedRound(feed, 0n, forecast(0n));
      const first = swap();
      await expect(first).to.emit(pools, "Swapped").withArgs(FALLBACK);
      await expect(first).to.emit(hook, "FeeFellBack").withArgs(SOURCE.weak, 1n, FALLBACK);
      const second = await swap();
      await expect(second).to.emit(pools, "Swapped").withArgs(FALLBACK);
      const [one, two] = [await (await first).wait(), await second.wait()];
      expect(Number(two?.gasUsed)).to.be.lessThan(Number(one?.gasUsed) - 40_000);
    });
  });

  describe("given an answer that can still be challenged", () => {
    it("keeps the fee, also when the answer falls", async () => {
      const policy = all(signature, optimistic);
      const { feed, requests, disputes, run, answer, start, hook, swap } = await deployHook(
        {},
        policy,
      );
      const first = await run(feed, start);
      const output = await answer(first, forecast(0n));
      await at(start + WINDOW + 100n);
      await requests.finalize(first.request, first.params, output);
      await expect(swap()).to.emit(hook, "FeeFollowed").withArgs(1n, 3_000n);
      const second = await run(feed, start + INTERVAL);
      const wrong = await answer(second, forecast(256n));
      await expect(swap()).to.not.emit(hook, "FeeFollowed");
      await requests.connect(disputes).contest(second.request);
      await requests
        .connect(disputes)
        .resolve(second.request, second.params, wrong, false, disputes);
      await expect(swap()).to.not.emit(hook, "FeeFollowed");
      expect((await hook.feeNow()).fee).to.equal(3_000n);
    });
  });

  describe("when a swapper sends too little gas to read the feed", () => {
    it("reverts with SwapGasTooLow rather than falling back, at every limit", async () => {
      const { feed, feedRound, hook, swap, pools } = await deployHook();
      await feedRound(feed, 0n, forecast(256n));
      const least = await hook.MIN_GAS();
      for (let limit = 30_000n; limit < least; limit += 37_000n) {
        await expect(swap(limit)).to.be.revertedWithCustomError(pools, "HookCallFailed");
      }
      await expect(swap(least + 50_000n))
        .to.emit(pools, "Swapped")
        .withArgs(10_000n);
    });
  });

  describe("when anybody but the pool manager calls", () => {
    it("reverts with SenderNotPoolManager", async () => {
      const { hook, key, stranger } = await deployHook();
      await expect(
        hook.connect(stranger).beforeSwap(stranger, key, SWAP, "0x"),
      ).to.be.revertedWithCustomError(hook, "SenderNotPoolManager");
    });
  });
});

describe("VolatilityFee.refresh", () => {
  it("tells anybody the fee of the next swap, and writes it down", async () => {
    const { feed, feedRound, hook, stranger, swap } = await deployHook();
    await feedRound(feed, 0n, forecast(64n));
    await expect(hook.connect(stranger).refresh())
      .to.emit(hook, "FeeFollowed")
      .withArgs(1n, 4_750n);
    await expect(swap()).to.not.emit(hook, "FeeFollowed");
  });
});

describe("VolatilityFee.beforeInitialize", () => {
  it("accepts a pool with a dynamic fee, and refuses any other with PoolFeeNotDynamic", async () => {
    const { hook, pools, key, stranger } = await deployHook();
    await pools.initialize(key, 1n);
    const failed = hook.interface.encodeErrorResult("PoolFeeNotDynamic", [3_000n]);
    await expect(pools.initialize({ ...key, fee: 3_000n }, 1n))
      .to.be.revertedWithCustomError(pools, "HookCallFailed")
      .withArgs(failed);
    await expect(hook.beforeInitialize(stranger, key, 1n)).to.be.revertedWithCustomError(
      hook,
      "SenderNotPoolManager",
    );
  });
});

describe("VolatilityFee's constructor", () => {
  it("refuses what would never give a fee", async () => {
    const { hook, args, adapter, releaseId, router } = await deployHook();
    const deploy = (change: Partial<Rules>, at: readonly [number, unknown][] = []) => {
      const changed: unknown[] = [...args.slice(0, 4), { ...RULES, ...change }];
      for (const [index, value] of at) changed[index] = value;
      return ethers.deployContract("VolatilityFee", changed);
    };
    const unscheduled = await adapter.getAddress();
    const refusals: readonly [string, () => Promise<unknown>][] = [
      ["FeedNotScheduled", () => deploy({}, [[2, unscheduled]])],
      ["FeedReleaseMismatch", () => deploy({}, [[3, releaseId]])],
      ["FeeCurveLengthInvalid", () => deploy({ curve: [] })],
      [
        "FeeCurveLengthInvalid",
        () => deploy({ curve: Array.from({ length: 17 }, () => CURVE[0]!) }),
      ],
      ["FeeCurveNotRising", () => deploy({ curve: [CURVE[1]!, CURVE[0]!] })],
      ["FeeCurveNotRising", () => deploy({ curve: [CURVE[0]!, CURVE[0]!] })],
      ["FeeTooHigh", () => deploy({ curve: [{ answer: 0n, fee: 100_001n }] })],
      ["FallbackFeeOutsideCurve", () => deploy({ fallbackFee: 499n })],
      ["FallbackFeeOutsideCurve", () => deploy({ fallbackFee: 10_001n })],
      ["HookAddressInvalid", () => deploy({})],
    ];
    for (const [error, refused] of refusals) {
      await expect(refused()).to.be.revertedWithCustomError(hook, error);
    }
    const impossible = { allOf: [{ anyOf: [] }], minStake: 0n };
    await expect(deploy({ floor: impossible })).to.be.revertedWithCustomError(
      router,
      "PolicyClauseEmpty",
    );
  });
});

describe("IPoolHooks", () => {
  it("has the selectors of Uniswap v4's IHooks", async () => {
    const { interface: hooks } = await ethers.getContractAt("IPoolHooks", ZeroAddress);
    const key = "(address,address,uint24,int24,address)";
    const swap = `beforeSwap(address,${key},(bool,int256,uint160),bytes)`;
    const initialize = `beforeInitialize(address,${key},uint160)`;
    expect(hooks.getFunction("beforeSwap").selector).to.equal("0x575e24b4");
    expect(hooks.getFunction("beforeInitialize").selector).to.equal("0xdc98354e");
    expect(id(swap).slice(0, 10)).to.equal("0x575e24b4");
    expect(id(initialize).slice(0, 10)).to.equal("0xdc98354e");
  });
});
