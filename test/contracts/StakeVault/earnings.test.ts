import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import {
  DAY,
  ETHER,
  EXIT_DELAY,
  NOTICE_PERIOD,
  deployDelegated,
  deployStake,
} from "../../helpers/stakeScenario.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

describe("StakeVault.announceCommission", () => {
  it("takes effect on the first day after NOTICE_PERIOD, when delegators can have left", async () => {
    const { vault, operator } = await networkHelpers.loadFixture(deployStake);
    const announced = await vault.connect(operator).announceCommission(1000n);
    const now = await time.latest();
    const effectiveAt = (Math.floor((now + NOTICE_PERIOD) / DAY) + 1) * DAY;
    await expect(announced)
      .to.emit(vault, "CommissionAnnounced")
      .withArgs(operator.address, 1000n, effectiveAt);
    expect(effectiveAt).to.be.greaterThan(now + EXIT_DELAY);
    await time.increaseTo(effectiveAt - 1);
    expect(await vault.commissionOf(operator)).to.equal(0n);
    await time.increaseTo(effectiveAt);
    expect(await vault.commissionOf(operator)).to.equal(1000n);
  });

  it("replaces what is not in effect yet, and keeps what is until its own day", async () => {
    const { vault, operator } = await networkHelpers.loadFixture(deployStake);
    await vault.connect(operator).announceCommission(1000n);
    await time.increase(NOTICE_PERIOD + DAY);
    await vault.connect(operator).announceCommission(5000n);
    await time.increase(DAY);
    await vault.connect(operator).announceCommission(300n);
    expect(await vault.commissionOf(operator)).to.equal(1000n);
    await time.increase(NOTICE_PERIOD - DAY);
    expect(await vault.commissionOf(operator)).to.equal(1000n);
    await time.increase(2 * DAY);
    expect(await vault.commissionOf(operator)).to.equal(300n);
  });

  it("reverts with CommissionTooHigh beyond half", async () => {
    const { vault, operator } = await networkHelpers.loadFixture(deployStake);
    await vault.connect(operator).announceCommission(5000n);
    await expect(vault.connect(operator).announceCommission(5001n))
      .to.be.revertedWithCustomError(vault, "CommissionTooHigh")
      .withArgs(5001n, 5000n);
  });
});

describe("StakeVault.shareEarnings", () => {
  it("shares by stake", async () => {
    const { vault, asset, shares, operator, delegator, stranger } =
      await networkHelpers.loadFixture(deployDelegated);
    const shared = vault.connect(stranger).shareEarnings(operator, 10n * ETHER);
    await expect(shared)
      .to.emit(vault, "EarningsShared")
      .withArgs(operator.address, ETHER, 9n * ETHER);
    await expect(shared).to.changeTokenBalance(ethers, asset, vault, 10n * ETHER);
    expect(await vault.stakeOf(operator)).to.deep.equal([11n * ETHER, 99n * ETHER]);
    // A wei less: the virtual shares have their part.
    const worth = await shares.convertToAssets(await shares.balanceOf(delegator));
    expect(worth).to.equal(99n * ETHER - 1n);
  });

  it("takes the operator's commission of the delegators' part", async () => {
    const { vault, operator, stranger } = await networkHelpers.loadFixture(deployDelegated);
    await vault.connect(operator).announceCommission(2000n);
    await time.increase(NOTICE_PERIOD + DAY);
    await expect(vault.connect(stranger).shareEarnings(operator, 10n * ETHER))
      .to.emit(vault, "EarningsShared")
      .withArgs(operator.address, 28n * (ETHER / 10n), 72n * (ETHER / 10n));
  });

  it("rounds the delegators' part down twice, and gives the rest to own stake", async () => {
    const { vault, operator, stranger } = await networkHelpers.loadFixture(deployDelegated);
    await vault.connect(operator).announceCommission(3333n);
    await time.increase(NOTICE_PERIOD + DAY);
    // floor(19 * 9 / 10) = 17; floor(17 * 0.6667) = 11
    await expect(vault.connect(stranger).shareEarnings(operator, 19n))
      .to.emit(vault, "EarningsShared")
      .withArgs(operator.address, 8n, 11n);
  });

  it("gives all to own stake where nothing is delegated, also where nothing is staked", async () => {
    const { vault, operator, stranger } = await networkHelpers.loadFixture(deployStake);
    for (const account of [operator, stranger]) {
      await expect(vault.connect(stranger).shareEarnings(account, 7n))
        .to.emit(vault, "EarningsShared")
        .withArgs(account.address, 7n, 0n);
    }
    expect(await vault.stakeOf(stranger)).to.deep.equal([7n, 0n]);
  });

  it("reverts with StakeAmountZero for nothing", async () => {
    const { vault, operator } = await networkHelpers.loadFixture(deployStake);
    await expect(vault.shareEarnings(operator, 0n)).to.be.revertedWithCustomError(
      vault,
      "StakeAmountZero",
    );
  });
});
