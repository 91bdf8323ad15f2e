import { expect } from "chai";
import { ZeroAddress } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  INTERVAL,
  LOCK_PERIOD,
  MAX_REWARD,
  MIN_REWARD,
  RAMP,
  deployFeeds,
} from "../../helpers/feedScenario.ts";
import type { Overrides } from "../../helpers/feedScenario.ts";
import { ETHER } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const getBalance = (address: string) => ethers.provider.getBalance(address);

async function created(overrides?: Overrides) {
  const scenario = await networkHelpers.loadFixture(deployFeeds);
  return { ...scenario, feed: await scenario.create(overrides) };
}

describe("ModelFeed.balance", () => {
  it("falls by the escrow and the reward of a run", async () => {
    const { feed, run, start, keeper, escrow } = await created();
    await run(feed, start);
    expect(await feed.balance()).to.equal(ETHER - escrow - MIN_REWARD);
    expect(await feed.rewardsOf(keeper)).to.equal(MIN_REWARD);
    expect(await getBalance(await feed.getAddress())).to.equal(ETHER - escrow);
  });

  it("rises by what anybody sends", async () => {
    const { feed, stranger } = await created();
    await expect(stranger.sendTransaction({ to: feed, value: 5n }))
      .to.emit(feed, "ScheduleFunded")
      .withArgs(stranger.address, 5n);
    expect(await feed.balance()).to.equal(ETHER + 5n);
  });

  describe("when it is a wei short of the escrow and the reward", () => {
    it("reverts with ScheduleUnderfunded, and runs with that wei", async () => {
      const { feed, requester, start, keeper, run, escrow } = await created();
      const needed = escrow + MIN_REWARD;
      await feed.connect(requester).withdraw(ETHER - needed + 1n, requester);
      await networkHelpers.time.setNextBlockTimestamp(start);
      await expect(feed.run(keeper))
        .to.be.revertedWithCustomError(feed, "ScheduleUnderfunded")
        .withArgs(needed - 1n, needed);
      await requester.sendTransaction({ to: feed, value: 1n });
      await run(feed, start + INTERVAL);
      expect(await feed.balance()).to.equal(0n);
    });
  });

  describe("when only refunds would suffice", () => {
    it("collects them for a run", async () => {
      const { feed, requester, start, run, requests, escrow } = await created();
      await feed.connect(requester).withdraw(ETHER - escrow - 2n * MIN_REWARD, requester);
      const { request, params } = await run(feed, start);
      await networkHelpers.time.increaseTo(start + LOCK_PERIOD + 1n);
      await requests.expire(request, params);
      expect(await requests.creditOf(ZeroAddress, feed)).to.equal(escrow);
      await run(feed, start + INTERVAL);
      expect(await feed.balance()).to.equal(0n);
      expect(await feed.rewardsOf((await ethers.getSigners()).at(-1)!)).to.equal(2n * MIN_REWARD);
    });
  });
});

describe("ModelFeed.collect", () => {
  it("adds the surplus of this feed's requests, and of no other's, to its balance", async () => {
    const { feed, create, run, start, answer, requests, escrow, stranger } = await created();
    const other = await create({ description: "another" });
    await answer(await run(feed, start), [1n, 1n]);
    await answer(await run(other, start + 10n), [1n, 1n]);
    const surplus = await requests.creditOf(ZeroAddress, feed);
    expect(surplus).to.be.above(0n);
    await feed.connect(stranger).collect();
    expect(await feed.balance()).to.equal(ETHER - escrow - MIN_REWARD + surplus);
    expect(await requests.creditOf(ZeroAddress, other)).to.be.above(0n);
    expect(await getBalance(await other.getAddress())).to.equal(ETHER - escrow);
  });

  it("brings back a refund after the schedule was cancelled", async () => {
    const { feed, requester, run, start, requests } = await created();
    const { request, params } = await run(feed, start);
    await feed.connect(requester).cancel();
    await networkHelpers.time.increaseTo(start + LOCK_PERIOD + 1n);
    await requests.expire(request, params);
    await feed.collect();
    expect(await feed.balance()).to.equal(ETHER - MIN_REWARD);
    await feed.connect(requester).withdraw(ETHER - MIN_REWARD, requester);
    expect(await feed.balance()).to.equal(0n);
  });
});

describe("ModelFeed.collectCompensation", () => {
  it("sends the sponsor what a missed deadline owes the feed", async () => {
    const { feed, run, start, requests, operator, vault, asset, requester, terms } =
      await created();
    const { request, params } = await run(feed, start);
    await requests.connect(operator).lock(request, params);
    await networkHelpers.time.increaseTo(params.deadline + 1n);
    await requests.expire(request, params);
    const owed = await vault.creditOf(feed);
    expect(owed).to.be.above(0n);
    expect(owed).to.be.at.most(terms().schedule.bond);
    await feed.collectCompensation();
    expect(await asset.balanceOf(requester)).to.equal(owed);
    expect(await vault.creditOf(feed)).to.equal(0n);
  });
});

describe("ModelFeed.withdraw", () => {
  it("sends the sponsor's part, and leaves the keepers'", async () => {
    const { feed, requester, stranger, keeper, run, start } = await created();
    await run(feed, start + RAMP);
    const balance = await feed.balance();
    await expect(feed.connect(requester).withdraw(balance + 1n, stranger))
      .to.be.revertedWithCustomError(feed, "ScheduleUnderfunded")
      .withArgs(balance, balance + 1n);
    const before = await getBalance(stranger.address);
    await expect(feed.connect(requester).withdraw(balance, stranger))
      .to.emit(feed, "BalanceWithdrawn")
      .withArgs(stranger.address, balance);
    expect((await getBalance(stranger.address)) - before).to.equal(balance);
    expect(await getBalance(await feed.getAddress())).to.equal(MAX_REWARD);
    await feed.connect(keeper).withdrawRewards(stranger);
    expect(await getBalance(await feed.getAddress())).to.equal(0n);
  });

  it("reverts with ScheduleNotBySponsor for anybody else, the scheduler's deployer included", async () => {
    const { feed, publisher, keeper } = await created();
    for (const account of [publisher, keeper]) {
      await expect(feed.connect(account).withdraw(1n, account)).to.be.revertedWithCustomError(
        feed,
        "ScheduleNotBySponsor",
      );
    }
  });

  it("reverts with PaymentFailed where the payee refuses", async () => {
    const { feed, requester, adapter } = await created();
    await expect(
      feed.connect(requester).withdraw(1n, await adapter.getAddress()),
    ).to.be.revertedWithCustomError(feed, "PaymentFailed");
  });
});

describe("ModelFeed.withdrawRewards", () => {
  it("sends a keeper all that it earned, once, wherever it says", async () => {
    const { feed, keeper, stranger, run, start, answer } = await created();
    await answer(await run(feed, start), [1n, 1n]);
    await run(feed, start + INTERVAL + RAMP);
    const earned = MIN_REWARD + MAX_REWARD;
    const before = await getBalance(stranger.address);
    await expect(feed.connect(keeper).withdrawRewards(stranger))
      .to.emit(feed, "RewardWithdrawn")
      .withArgs(keeper.address, stranger.address, earned);
    expect((await getBalance(stranger.address)) - before).to.equal(earned);
    await expect(feed.connect(keeper).withdrawRewards(stranger))
      .to.be.revertedWithCustomError(feed, "KeeperRewardEmpty")
      .withArgs(keeper.address);
  });

  it("is owed to whom the runner names", async () => {
    const { feed, stranger, keeper, start } = await created();
    await networkHelpers.time.setNextBlockTimestamp(start);
    await feed.connect(stranger).run(keeper);
    expect(await feed.rewardsOf(keeper)).to.equal(MIN_REWARD);
    expect(await feed.rewardsOf(stranger)).to.equal(0n);
  });

  describe("when the keeper refuses the native token", () => {
    it("leaves runs and everybody else alone, and pays once it accepts", async () => {
      const { feed, start, requester, run, answer } = await created();
      const hostile = await ethers.deployContract("KeeperMock", [feed]);
      await hostile.refuse(true);
      await networkHelpers.time.setNextBlockTimestamp(start);
      await hostile.run();
      await expect(hostile.withdraw()).to.be.revertedWithCustomError(feed, "PaymentFailed");
      await feed.connect(requester).withdraw(1n, requester);
      await networkHelpers.time.increaseTo(start + LOCK_PERIOD + 1n);
      await answer(await run(feed, start + INTERVAL), [1n, 1n]);
      expect(await feed.latestRound()).to.equal(1n);
      await hostile.refuse(false);
      await hostile.withdraw();
      expect(await getBalance(await hostile.getAddress())).to.equal(MIN_REWARD);
    });
  });

  describe("when the keeper reenters", () => {
    it("is paid once and runs nothing twice", async () => {
      const { feed, start } = await created();
      const hostile = await ethers.deployContract("KeeperMock", [feed]);
      await networkHelpers.time.setNextBlockTimestamp(start);
      await hostile.run();
      const left = await feed.balance();
      await hostile.withdraw();
      expect(await hostile.reentered()).to.equal(false);
      expect(await getBalance(await hostile.getAddress())).to.equal(MIN_REWARD);
      expect([await feed.balance(), await feed.runs()]).to.deep.equal([left, 1n]);
    });
  });
});

describe("ModelFeed.cancel", () => {
  it("ends the schedule once, and what was asked is still answered", async () => {
    const { feed, requester, run, start, answer } = await created();
    const asked = await run(feed, start);
    await expect(feed.connect(requester).cancel()).to.emit(feed, "ScheduleCancelled");
    expect(await feed.isCancelled()).to.equal(true);
    await expect(feed.connect(requester).cancel()).to.be.revertedWithCustomError(
      feed,
      "ScheduleIsCancelled",
    );
    await answer(asked, [256n, 0n]);
    expect((await feed.latestRoundData()).answer).to.equal(10n ** 8n);
  });

  it("reverts with ScheduleNotBySponsor for anybody else", async () => {
    const { feed, stranger } = await created();
    await expect(feed.connect(stranger).cancel()).to.be.revertedWithCustomError(
      feed,
      "ScheduleNotBySponsor",
    );
  });
});
