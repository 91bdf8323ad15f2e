import { expect } from "chai";
import { id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  DAY,
  ETHER,
  EXIT_DELAY,
  LIABILITY,
  MAX_LIABILITY,
  deployStake,
  openLiability,
  verdict,
} from "../../helpers/stakeScenario.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

describe("StakeVault.requestExit", () => {
  it("takes stake out of what is free at once and restarts the delay for the whole", async () => {
    const { vault, operator } = await networkHelpers.loadFixture(deployStake);
    await vault.connect(operator).requestExit(ETHER);
    const [, first] = await vault.exitOf(operator);
    await time.increase(1000);
    await expect(vault.connect(operator).requestExit(2n * ETHER)).to.emit(vault, "ExitRequested");
    const [amount, second] = await vault.exitOf(operator);
    expect(amount).to.equal(3n * ETHER);
    expect(second).to.be.greaterThanOrEqual(first + 1000n);
    expect(second).to.equal(BigInt(await time.latest()) + BigInt(EXIT_DELAY));
    expect((await vault.stakeOf(operator)).own).to.equal(10n * ETHER);
    expect(await vault.freeOwnStakeOf(operator)).to.equal(7n * ETHER);
  });

  it("reverts with StakeInsufficient beyond what is not in exit already", async () => {
    const { vault, operator } = await networkHelpers.loadFixture(deployStake);
    await vault.connect(operator).requestExit(4n * ETHER);
    await expect(vault.connect(operator).requestExit(6n * ETHER + 1n))
      .to.be.revertedWithCustomError(vault, "StakeInsufficient")
      .withArgs(operator.address, 6n * ETHER, 6n * ETHER + 1n);
  });

  it("reverts with StakeAmountZero for nothing", async () => {
    const { vault, operator } = await networkHelpers.loadFixture(deployStake);
    await expect(vault.connect(operator).requestExit(0n)).to.be.revertedWithCustomError(
      vault,
      "StakeAmountZero",
    );
  });
});

describe("StakeVault.cancelExit", () => {
  it("frees the stake again and forgets the delay", async () => {
    const scenario = await networkHelpers.loadFixture(deployStake);
    const { vault, operator } = scenario;
    await vault.connect(operator).requestExit(10n * ETHER);
    await expect(vault.connect(operator).cancelExit())
      .to.emit(vault, "ExitCancelled")
      .withArgs(operator.address, 10n * ETHER);
    await openLiability(scenario, 10n * ETHER);
    await expect(vault.connect(operator).withdrawExit(operator)).to.be.revertedWithCustomError(
      vault,
      "ExitNotRequested",
    );
  });

  it("reverts with ExitNotRequested without an exit", async () => {
    const { vault, operator } = await networkHelpers.loadFixture(deployStake);
    await expect(vault.connect(operator).cancelExit())
      .to.be.revertedWithCustomError(vault, "ExitNotRequested")
      .withArgs(operator.address);
  });
});

describe("StakeVault.withdrawExit", () => {
  it("reverts with ExitNotRequested without an exit", async () => {
    const { vault, operator } = await networkHelpers.loadFixture(deployStake);
    await expect(vault.connect(operator).withdrawExit(operator)).to.be.revertedWithCustomError(
      vault,
      "ExitNotRequested",
    );
  });

  it("reverts with ExitNotAvailable a second before the delay is over, then pays once", async () => {
    const { vault, asset, operator, stranger } = await networkHelpers.loadFixture(deployStake);
    await vault.connect(operator).requestExit(ETHER);
    const availableAt = (await time.latest()) + EXIT_DELAY;
    await time.setNextBlockTimestamp(availableAt - 1);
    await expect(vault.connect(operator).withdrawExit(stranger))
      .to.be.revertedWithCustomError(vault, "ExitNotAvailable")
      .withArgs(availableAt);
    await time.setNextBlockTimestamp(availableAt);
    const withdrawn = vault.connect(operator).withdrawExit(stranger);
    await expect(withdrawn)
      .to.emit(vault, "ExitWithdrawn")
      .withArgs(operator.address, stranger.address, ETHER);
    await expect(withdrawn).to.changeTokenBalances(
      ethers,
      asset,
      [vault, stranger],
      [-ETHER, ETHER],
    );
    expect((await vault.stakeOf(operator)).own).to.equal(9n * ETHER);
    await expect(vault.connect(operator).withdrawExit(stranger)).to.be.revertedWithCustomError(
      vault,
      "ExitNotRequested",
    );
  });

  describe("given liabilities", () => {
    it("is never kept waiting by those opened before the request, however late in the day", async () => {
      const scenario = await networkHelpers.loadFixture(deployStake);
      const { vault, operator, holder } = scenario;
      const midnight = (Math.floor((await time.latest()) / DAY) + 2) * DAY;
      for (const second of [0, 1, DAY / 2, DAY - 1]) {
        const snapshot = await networkHelpers.takeSnapshot();
        await time.setNextBlockTimestamp(midnight + second);
        const until = midnight + second + MAX_LIABILITY;
        await vault.connect(holder).open(operator, LIABILITY, 10n * ETHER, 0n, until);
        await time.setNextBlockTimestamp(midnight + second + 1);
        await vault.connect(operator).requestExit(10n * ETHER);
        await time.setNextBlockTimestamp(midnight + second + 1 + EXIT_DELAY);
        await vault.lapse(operator, holder, LIABILITY);
        await vault.connect(operator).withdrawExit(operator);
        await snapshot.restore();
      }
    });

    it("reverts with ExitExposed while a liability needs the stake, until anyone lapses it", async () => {
      const scenario = await networkHelpers.loadFixture(deployStake);
      const { vault, operator, holder, stranger } = scenario;
      await openLiability(scenario, 6n * ETHER);
      await vault.connect(operator).requestExit(5n * ETHER);
      await time.increase(EXIT_DELAY);
      await expect(vault.connect(operator).withdrawExit(operator))
        .to.be.revertedWithCustomError(vault, "ExitExposed")
        .withArgs(operator.address, 6n * ETHER);
      await vault.connect(stranger).lapse(operator, holder, LIABILITY);
      await vault.connect(operator).withdrawExit(operator);
    });

    it("leaves what was opened after the request covered", async () => {
      const scenario = await networkHelpers.loadFixture(deployStake);
      const { vault, operator } = scenario;
      await vault.connect(operator).requestExit(4n * ETHER);
      await time.increase(EXIT_DELAY);
      await openLiability(scenario, 6n * ETHER);
      await vault.connect(operator).withdrawExit(operator);
      expect(await vault.stakeOf(operator)).to.deep.equal([6n * ETHER, 0n]);
    });
  });

  it("pays what slashes left of it: pro rata, rounded against the operator", async () => {
    const scenario = await networkHelpers.loadFixture(deployStake);
    const { vault, asset, operator, holder, stranger } = scenario;
    await openLiability(scenario, 3n);
    await vault.connect(operator).requestExit(5n * ETHER);
    await vault.connect(holder).slash(operator, LIABILITY, verdict(3n));
    // Half of 3 wei, rounded up, is gone from the queue.
    expect((await vault.exitOf(operator)).amount).to.equal(5n * ETHER - 2n);
    await openLiability(scenario, 4n * ETHER - 3n, { liability: id("other") });
    await vault.connect(holder).slash(operator, id("other"), verdict(4n * ETHER - 3n));
    await time.increase(EXIT_DELAY);
    const paid = ((5n * ETHER - 2n) * (6n * ETHER)) / (10n * ETHER - 3n);
    await expect(vault.connect(operator).withdrawExit(stranger)).to.changeTokenBalance(
      ethers,
      asset,
      stranger,
      paid,
    );
    expect((await vault.stakeOf(operator)).own).to.equal(6n * ETHER - paid);
  });

  it("reverts with ExitNotRequested where all of it was slashed", async () => {
    const scenario = await networkHelpers.loadFixture(deployStake);
    const { vault, operator, holder } = scenario;
    await openLiability(scenario, 10n * ETHER);
    await vault.connect(operator).requestExit(10n * ETHER);
    await vault.connect(holder).slash(operator, LIABILITY, verdict(10n * ETHER));
    await time.increase(EXIT_DELAY);
    await expect(vault.connect(operator).withdrawExit(operator)).to.be.revertedWithCustomError(
      vault,
      "ExitNotRequested",
    );
  });
});
