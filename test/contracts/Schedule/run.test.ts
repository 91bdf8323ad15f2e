import { expect } from "chai";
import { ZeroHash } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  ANSWER_PERIOD,
  INTERVAL,
  LOCK_PERIOD,
  MAX_REWARD,
  MIN_REWARD,
  RAMP,
  WINDOW,
  deployFeeds,
  optimistic,
  wordsOf,
} from "../../helpers/feedScenario.ts";
import type { Overrides } from "../../helpers/feedScenario.ts";
import { ETHER, INPUT, all, signature, zk } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const STATUS = { open: 1n, locked: 2n, provisional: 3n, fulfilled: 5n, expired: 8n } as const;
const BEHAVIOUR = { revert: 1n, burnGas: 2n } as const;

async function created(overrides?: Overrides) {
  const scenario = await networkHelpers.loadFixture(deployFeeds);
  return { ...scenario, feed: await scenario.create(overrides) };
}

const OPTIMISTIC = {
  schedule: { policy: all(signature, optimistic), interval: 60n, rewardRamp: 60n },
};

describe("ModelFeed.run", () => {
  it("asks with the terms' parameters, by their periods, and the adapter's words", async () => {
    const { feed, run, start, terms, requests, escrow } = await created();
    const { request, params } = await run(feed, start + 5n);
    const { schedule } = terms();
    expect(params).to.deep.include({
      nonce: 0n,
      release: schedule.release,
      input: INPUT,
      policy: schedule.policy,
      minFee: schedule.minFee,
      maxFee: schedule.maxFee,
      rampStart: start + 5n,
      stake: schedule.stake,
      bond: schedule.bond,
      maxGasPrice: schedule.maxGasPrice,
      verificationGas: schedule.verificationGas,
      callbackGas: schedule.callbackGas,
      lockDeadline: start + 5n + LOCK_PERIOD,
      deadline: start + 5n + ANSWER_PERIOD,
    });
    expect(await requests.requesterOf(request)).to.equal(await feed.getAddress());
    expect(await requests.statusOf(request)).to.equal(STATUS.open);
    expect(await ethers.provider.getBalance(requests)).to.equal(escrow);
    expect(await feed.runs()).to.equal(1n);
  });

  it("emits ScheduleRun with slot, reward and provenance", async () => {
    const { feed, start, keeper, requests } = await created();
    await networkHelpers.time.setNextBlockTimestamp(start + 2n * INTERVAL);
    const block = (await ethers.provider.getBlockNumber()) + 1;
    await expect(feed.run(keeper))
      .to.emit(feed, "ScheduleRun")
      .withArgs(
        ...[await requests.requestIdOf(feed, 0n), keeper.address, 2n, MIN_REWARD],
        ethers.zeroPadValue(ethers.toBeHex(block), 32),
      );
  });

  describe("given slots", () => {
    it("reverts with ScheduleNotStarted in the second before the first, and runs in its first second", async () => {
      const { feed, keeper, start, run } = await created();
      await networkHelpers.time.setNextBlockTimestamp(start - 1n);
      await expect(feed.run(keeper))
        .to.be.revertedWithCustomError(feed, "ScheduleNotStarted")
        .withArgs(start);
      await run(feed, start);
      expect(await feed.runs()).to.equal(1n);
    });

    it("reverts with ScheduleSlotRun to the last second of a slot that was run, and runs in the next", async () => {
      const { feed, keeper, start, run, answer } = await created();
      await answer(await run(feed, start + 10n), [1n, 1n]);
      await networkHelpers.time.setNextBlockTimestamp(start + INTERVAL - 1n);
      await expect(feed.run(keeper))
        .to.be.revertedWithCustomError(feed, "ScheduleSlotRun")
        .withArgs(0n, start + INTERVAL);
      await run(feed, start + INTERVAL);
      expect(await feed.runs()).to.equal(2n);
    });

    it("skips slots that nobody ran: there is one run for all of them, and none to catch up", async () => {
      const { feed, keeper, start, run, answer } = await created();
      await answer(await run(feed, start), [1n, 1n]);
      await answer(await run(feed, start + 5n * INTERVAL + 7n), [1n, 1n]);
      await expect(feed.run(keeper)).to.be.revertedWithCustomError(feed, "ScheduleSlotRun");
      await networkHelpers.time.setNextBlockTimestamp(start + 6n * INTERVAL - 1n);
      await expect(feed.run(keeper))
        .to.be.revertedWithCustomError(feed, "ScheduleSlotRun")
        .withArgs(5n, start + 6n * INTERVAL);
      await run(feed, start + 6n * INTERVAL);
      expect(await feed.runs()).to.equal(3n);
    });
  });

  describe("given a request before", () => {
    const often = { schedule: { interval: 60n, rewardRamp: 60n } };

    it("reverts with ScheduleRequestOpen while it may be locked, and replaces it a second later", async () => {
      const { feed, keeper, start, run } = await created(often);
      const { request } = await run(feed, start);
      await networkHelpers.time.setNextBlockTimestamp(start + LOCK_PERIOD);
      await expect(feed.run(keeper))
        .to.be.revertedWithCustomError(feed, "ScheduleRequestOpen")
        .withArgs(request);
      await run(feed, start + LOCK_PERIOD + 1n);
    });

    it("reverts with ScheduleRequestOpen while it is locked, and replaces it a second after its deadline", async () => {
      const { feed, keeper, start, run, requests, operator } = await created(often);
      const { request, params } = await run(feed, start);
      await requests.connect(operator).lock(request, params);
      await networkHelpers.time.setNextBlockTimestamp(start + ANSWER_PERIOD);
      await expect(feed.run(keeper)).to.be.revertedWithCustomError(feed, "ScheduleRequestOpen");
      await run(feed, start + ANSWER_PERIOD + 1n);
    });

    it("runs once it expired", async () => {
      const { feed, start, run, requests } = await created(often);
      const { request, params } = await run(feed, start);
      await networkHelpers.time.increaseTo(start + LOCK_PERIOD + 1n);
      await requests.expire(request, params);
      expect(await requests.statusOf(request)).to.equal(STATUS.expired);
      await run(feed, start + LOCK_PERIOD + 10n);
      expect(await feed.runs()).to.equal(2n);
    });

    it("runs once it is answered", async () => {
      const { feed, start, run, answer } = await created(often);
      await answer(await run(feed, start), [1n, 1n]);
      await run(feed, start + 60n);
      expect(await feed.runs()).to.equal(2n);
    });

    it("reverts with ScheduleRequestOpen while the answer is provisional, and runs once it is final", async () => {
      const { feed, keeper, start, run, answer, requests } = await created(OPTIMISTIC);
      const asked = await run(feed, start);
      const output = await answer(asked, [1n, 1n]);
      expect(await requests.statusOf(asked.request)).to.equal(STATUS.provisional);
      await networkHelpers.time.increaseTo(start + 2n * WINDOW);
      await expect(feed.run(keeper)).to.be.revertedWithCustomError(feed, "ScheduleRequestOpen");
      await requests.finalize(asked.request, asked.params, output);
      await feed.run(keeper);
      expect(await feed.runs()).to.equal(2n);
    });

    it("runs while the answer is contested, so that no challenger stops the feed", async () => {
      const { feed, start, run, answer, requests, disputes } = await created(OPTIMISTIC);
      const asked = await run(feed, start);
      await answer(asked, [1n, 1n]);
      await requests.connect(disputes).contest(asked.request);
      await run(feed, start + 60n);
      expect(await feed.runs()).to.equal(2n);
    });

    it("runs once it was overturned", async () => {
      const { feed, start, run, answer, requests, disputes } = await created(OPTIMISTIC);
      const { request, params } = await run(feed, start);
      await answer({ request, params }, [1n, 1n]);
      const judge = requests.connect(disputes);
      await judge.contest(request);
      await judge.resolve(request, params, wordsOf([1n, 1n]), false, disputes);
      await run(feed, start + 60n);
      expect(await feed.runs()).to.equal(2n);
    });
  });

  describe("when the input cannot be had", () => {
    const unpaid = async (feed: Awaited<ReturnType<typeof created>>["feed"]): Promise<void> => {
      expect(await feed.balance()).to.equal(ETHER);
      expect([await feed.runs(), await feed.latestRequest()]).to.deep.equal([0n, ZeroHash]);
    };

    it("reverts as the adapter, and pays nothing", async () => {
      const { feed, adapter, keeper, start, run, feedRelease } = await created();
      await adapter.misbehave(BEHAVIOUR.revert);
      await networkHelpers.time.increaseTo(start);
      await expect(feed.run(keeper))
        .to.be.revertedWithCustomError(adapter, "AdapterRefused")
        .withArgs(feedRelease, "0x1234");
      await unpaid(feed);
      await adapter.misbehave(0n);
      await run(feed, start + 100n);
    });

    it("reverts where the adapter burns all gas, at the keeper's cost alone", async () => {
      const { feed, adapter, keeper, start } = await created();
      await adapter.misbehave(BEHAVIOUR.burnGas);
      await networkHelpers.time.increaseTo(start);
      await expect(feed.run(keeper, { gasLimit: 1_000_000n })).to.revert(ethers);
      await unpaid(feed);
    });

    it("reverts where the words are not the release's", async () => {
      const { feed, adapter, keeper, start } = await created();
      const words = await ethers.getContractFactory("Words");
      await networkHelpers.time.increaseTo(start);
      for (const [error, wrong] of Object.entries({
        WordNotCanonical: [1n << 64n],
        WordCountInvalid: [INPUT[0]!, 0n],
      })) {
        await adapter.set(wrong);
        await expect(feed.run(keeper)).to.be.revertedWithCustomError(words, error);
      }
      await unpaid(feed);
    });

    it("reverts where the adapter is no contract", async () => {
      const { create, keeper, start, stranger } = await created();
      const feed = await create({ schedule: { adapter: stranger.address } });
      await networkHelpers.time.increaseTo(start);
      await expect(feed.run(keeper)).to.revert(ethers);
      await unpaid(feed);
    });
  });

  describe("when the policy cannot be met", () => {
    it("reverts with PolicyUnsatisfiable", async () => {
      const { feed, router, keeper, start } = await created({
        schedule: { policy: all(zk(1n)) },
      });
      await networkHelpers.time.increaseTo(start);
      await expect(feed.run(keeper)).to.be.revertedWithCustomError(router, "PolicyUnsatisfiable");
    });
  });

  describe("when the schedule is cancelled", () => {
    it("reverts with ScheduleIsCancelled", async () => {
      const { feed, requester, keeper, start } = await created();
      await feed.connect(requester).cancel();
      await networkHelpers.time.increaseTo(start);
      await expect(feed.run(keeper)).to.be.revertedWithCustomError(feed, "ScheduleIsCancelled");
    });
  });
});

describe("ModelFeed.rewardNow", () => {
  const AT: Record<string, readonly [late: bigint, reward: bigint]> = {
    "in the slot's first second": [0n, MIN_REWARD],
    "a second later, rounded down": [1n, MIN_REWARD + (MAX_REWARD - MIN_REWARD) / RAMP],
    "half way": [RAMP / 2n, (MIN_REWARD + MAX_REWARD) / 2n],
    "in the last second of the ramp": [
      RAMP - 1n,
      MIN_REWARD + ((MAX_REWARD - MIN_REWARD) * (RAMP - 1n)) / RAMP,
    ],
    "at the end of the ramp": [RAMP, MAX_REWARD],
    "in the slot's last second": [INTERVAL - 1n, MAX_REWARD],
    "in the next slot's first second": [INTERVAL, MIN_REWARD],
  };
  for (const [when, [late, reward]] of Object.entries(AT)) {
    it(`is what a run pays ${when}`, async () => {
      const { feed, run, start, keeper } = await created();
      await networkHelpers.time.increaseTo(start + late);
      expect(await feed.rewardNow()).to.equal(reward);
      await networkHelpers.time.increaseTo(start + 2n * INTERVAL);
      await run(feed, start + 3n * INTERVAL + late);
      expect(await feed.rewardsOf(keeper)).to.equal(reward);
    });
  }

  it("is the highest throughout where it does not rise", async () => {
    const { feed, start } = await created({ schedule: { rewardRamp: 0n } });
    await networkHelpers.time.increaseTo(start);
    expect(await feed.rewardNow()).to.equal(MAX_REWARD);
  });

  it("reverts where no run is due", async () => {
    const { feed, start, run } = await created();
    await expect(feed.rewardNow()).to.be.revertedWithCustomError(feed, "ScheduleNotStarted");
    await run(feed, start);
    await expect(feed.rewardNow()).to.be.revertedWithCustomError(feed, "ScheduleSlotRun");
  });
});
