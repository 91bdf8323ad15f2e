import { expect } from "chai";
import { id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  ETHER,
  LIABILITY,
  deployDelegated,
  deployStake,
  lapseTimeOf,
  openLiability,
  verdict,
} from "../../helpers/stakeScenario.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

describe("StakeVault.slash", () => {
  describe("given a liability of own and delegated stake", () => {
    it("pays the injured first, then the challenger, and burns the rest", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, asset, operator, holder, injured, challenger } = scenario;
      await openLiability(scenario, 60n * ETHER, { compensation: 4n * ETHER });
      const judged = verdict(60n * ETHER, {
        injured,
        compensation: 4n * ETHER,
        challenger,
        reward: 2n * ETHER,
      });
      const slashed = vault.connect(holder).slash(operator, LIABILITY, judged);
      await expect(slashed)
        .to.emit(vault, "Slashed")
        .withArgs(
          operator.address,
          holder.address,
          LIABILITY,
          10n * ETHER,
          50n * ETHER,
          4n * ETHER,
          2n * ETHER,
          54n * ETHER,
        );
      await expect(slashed).to.changeTokenBalance(ethers, asset, vault, 0n);
      expect(await vault.creditOf(injured)).to.equal(4n * ETHER);
      expect(await vault.creditOf(challenger)).to.equal(2n * ETHER);
      expect(await vault.burned()).to.equal(54n * ETHER);
      expect(await vault.stakeOf(operator)).to.deep.equal([0n, 40n * ETHER]);
      expect(await vault.exposureOf(operator)).to.deep.equal([0n, 0n]);
    });

    it("takes own stake first: it is the first loss", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, operator, holder } = scenario;
      await openLiability(scenario, 60n * ETHER);
      await vault.connect(holder).slash(operator, LIABILITY, verdict(10n * ETHER));
      expect(await vault.stakeOf(operator)).to.deep.equal([0n, 90n * ETHER]);
    });

    it("takes no own stake beyond the liability's own part, however much there is", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, operator, holder } = scenario;
      await openLiability(scenario, 60n * ETHER);
      await vault.connect(operator).stake({ value: 100n * ETHER });
      await vault.connect(holder).slash(operator, LIABILITY, verdict(60n * ETHER));
      expect(await vault.stakeOf(operator)).to.deep.equal([100n * ETHER, 40n * ETHER]);
    });

    it("credits nothing of delegated stake: that only burns", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, operator, holder, injured, challenger } = scenario;
      await openLiability(scenario, 100n * ETHER, { compensation: 10n * ETHER });
      const all = 2n ** 80n - 1n;
      const judged = verdict(100n * ETHER, {
        injured,
        compensation: all,
        challenger,
        reward: all,
      });
      await vault.connect(holder).slash(operator, LIABILITY, judged);
      expect(await vault.creditOf(injured)).to.equal(10n * ETHER);
      expect(await vault.creditOf(challenger)).to.equal(0n);
      expect(await vault.burned()).to.equal(90n * ETHER);
    });

    it("lowers what shares are worth, those that wait to be redeemed included", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, shares, delegator, other, operator, holder } = scenario;
      await shares.connect(other).deposit(90n * ETHER, other);
      await openLiability(scenario, 100n * ETHER);
      await shares.connect(delegator).requestRedeem(await shares.balanceOf(delegator));
      await vault.connect(holder).slash(operator, LIABILITY, verdict(100n * ETHER));
      for (const owner of [delegator, other]) {
        const worth = await shares.convertToAssets(await shares.balanceOf(owner));
        expect(worth).to.equal(45n * ETHER);
      }
    });
  });

  describe("given caps", () => {
    it("pays no compensation beyond what the liability was opened with", async () => {
      const scenario = await networkHelpers.loadFixture(deployStake);
      const { vault, operator, holder, injured } = scenario;
      await openLiability(scenario, 5n * ETHER, { compensation: ETHER });
      const judged = verdict(5n * ETHER, { injured, compensation: 5n * ETHER });
      await vault.connect(holder).slash(operator, LIABILITY, judged);
      expect(await vault.creditOf(injured)).to.equal(ETHER);
    });

    it("pays no compensation beyond the own stake taken", async () => {
      const scenario = await networkHelpers.loadFixture(deployStake);
      const { vault, operator, holder, injured } = scenario;
      await openLiability(scenario, 5n * ETHER, { compensation: 5n * ETHER });
      const judged = verdict(ETHER, { injured, compensation: 5n * ETHER });
      await vault.connect(holder).slash(operator, LIABILITY, judged);
      expect(await vault.creditOf(injured)).to.equal(ETHER);
      expect((await vault.stakeOf(operator)).own).to.equal(9n * ETHER);
    });

    it("rewards at most half of what compensation left of the own stake taken, rounded down", async () => {
      const scenario = await networkHelpers.loadFixture(deployStake);
      const { vault, operator, holder, injured, challenger } = scenario;
      await openLiability(scenario, 10n, { compensation: 3n });
      const judged = verdict(10n, { injured, compensation: 3n, challenger, reward: 10n });
      const paid = await vault.connect(holder).slash.staticCall(operator, LIABILITY, judged);
      expect(paid).to.deep.equal([3n, 3n]);
      await vault.connect(holder).slash(operator, LIABILITY, judged);
      expect(await vault.creditOf(challenger)).to.equal(3n);
      expect(await vault.burned()).to.equal(4n);
    });

    it("pays nobody where the verdict names nobody", async () => {
      const scenario = await networkHelpers.loadFixture(deployStake);
      const { vault, operator, holder } = scenario;
      await openLiability(scenario, ETHER, { compensation: ETHER });
      const judged = verdict(ETHER, { compensation: ETHER, reward: ETHER });
      const slashed = vault.connect(holder).slash(operator, LIABILITY, judged);
      await expect(slashed).not.to.emit(vault, "Credited");
      expect(await vault.creditOf(ethers.ZeroAddress)).to.equal(0n);
      expect(await vault.burned()).to.equal(ETHER);
    });
  });

  it("an operator that is requester, challenger and holder gets back no more than it loses, and nothing of its delegators", async () => {
    const scenario = await networkHelpers.loadFixture(deployDelegated);
    const { vault, operator } = scenario;
    await vault.connect(operator).authorise(operator, true);
    await time.increase(40 * 24 * 3600);
    const all = 2n ** 80n - 1n;
    const greedy = { injured: operator, compensation: all, challenger: operator, reward: all };
    for (const [i, compensation] of [0n, 1n, 5n * ETHER, 10n * ETHER].entries()) {
      const snapshot = await networkHelpers.takeSnapshot();
      const liability = id(`${i}`);
      await openLiability({ ...scenario, holder: operator }, 100n * ETHER, {
        compensation,
        liability,
      });
      await vault.connect(operator).slash(operator, liability, verdict(100n * ETHER, greedy));
      const { own, delegated } = await vault.stakeOf(operator);
      const gained = await vault.creditOf(operator);
      expect(own + gained).to.be.lessThanOrEqual(10n * ETHER);
      expect(gained).to.equal(compensation + (10n * ETHER - compensation) / 2n);
      expect(delegated).to.equal(0n);
      expect(await vault.burned()).to.equal(100n * ETHER - gained);
      await snapshot.restore();
    }
  });

  it("frees what the verdict leaves, and ends the liability", async () => {
    const scenario = await networkHelpers.loadFixture(deployDelegated);
    const { vault, operator, holder } = scenario;
    await openLiability(scenario, 60n * ETHER);
    await vault.connect(holder).slash(operator, LIABILITY, verdict(15n * ETHER));
    expect(await vault.exposureOf(operator)).to.deep.equal([0n, 0n]);
    expect(await vault.stakeOf(operator)).to.deep.equal([0n, 85n * ETHER]);
    await expect(vault.connect(holder).slash(operator, LIABILITY, verdict(1n)))
      .to.be.revertedWithCustomError(vault, "LiabilityNotOpen")
      .withArgs(operator.address, holder.address, LIABILITY);
  });

  it("leaves other liabilities covered", async () => {
    const scenario = await networkHelpers.loadFixture(deployDelegated);
    const { vault, operator, holder } = scenario;
    await openLiability(scenario, 5n * ETHER);
    await openLiability(scenario, 50n * ETHER, { liability: id("other") });
    await vault.connect(holder).slash(operator, LIABILITY, verdict(5n * ETHER));
    expect(await vault.exposureOf(operator)).to.deep.equal([5n * ETHER, 45n * ETHER]);
    await vault.connect(holder).slash(operator, id("other"), verdict(50n * ETHER));
    expect(await vault.stakeOf(operator)).to.deep.equal([0n, 45n * ETHER]);
  });

  it("works for a holder that lost its authorisation since", async () => {
    const scenario = await networkHelpers.loadFixture(deployStake);
    const { vault, operator, holder } = scenario;
    await openLiability(scenario, ETHER);
    await vault.connect(operator).authorise(holder, false);
    await vault.connect(holder).slash(operator, LIABILITY, verdict(ETHER));
    expect((await vault.stakeOf(operator)).own).to.equal(9n * ETHER);
  });

  it("reverts with LiabilityNotOpen for anyone but the holder that opened it", async () => {
    const scenario = await networkHelpers.loadFixture(deployStake);
    const { vault, operator, stranger } = scenario;
    await openLiability(scenario, ETHER);
    for (const sender of [stranger, operator]) {
      await expect(
        vault.connect(sender).slash(operator, LIABILITY, verdict(ETHER)),
      ).to.be.revertedWithCustomError(vault, "LiabilityNotOpen");
    }
  });

  it("reverts with LiabilityNotOpen from the start of its day, lapsed or not, and not a second before", async () => {
    const scenario = await networkHelpers.loadFixture(deployStake);
    const { vault, operator, holder } = scenario;
    await openLiability(scenario, ETHER);
    const day = await lapseTimeOf(scenario);
    const slash = async () => vault.connect(holder).slash(operator, LIABILITY, verdict(ETHER));
    const snapshot = await networkHelpers.takeSnapshot();
    await time.setNextBlockTimestamp(day);
    await expect(slash()).to.be.revertedWithCustomError(vault, "LiabilityNotOpen");
    await vault.lapse(operator, holder, LIABILITY);
    await expect(slash()).to.be.revertedWithCustomError(vault, "LiabilityNotOpen");
    await snapshot.restore();
    await time.setNextBlockTimestamp(day - 1);
    await slash();
  });

  it("reverts with VerdictAboveLiability beyond what it exposes", async () => {
    const scenario = await networkHelpers.loadFixture(deployDelegated);
    const { vault, operator, holder } = scenario;
    await openLiability(scenario, 60n * ETHER);
    await expect(vault.connect(holder).slash(operator, LIABILITY, verdict(60n * ETHER + 1n)))
      .to.be.revertedWithCustomError(vault, "VerdictAboveLiability")
      .withArgs(60n * ETHER + 1n, 60n * ETHER);
  });
});

describe("StakeVault.withdrawCredit", () => {
  it("pays what was credited, once", async () => {
    const scenario = await networkHelpers.loadFixture(deployStake);
    const { vault, asset, operator, holder, injured, stranger } = scenario;
    await openLiability(scenario, ETHER, { compensation: ETHER });
    const judged = verdict(ETHER, { injured, compensation: ETHER });
    await expect(vault.connect(holder).slash(operator, LIABILITY, judged))
      .to.emit(vault, "Credited")
      .withArgs(injured.address, ETHER);
    const withdrawn = vault.connect(injured).withdrawCredit(stranger);
    await expect(withdrawn)
      .to.emit(vault, "CreditWithdrawn")
      .withArgs(injured.address, stranger.address, ETHER);
    await expect(withdrawn).to.changeTokenBalances(
      ethers,
      asset,
      [vault, stranger],
      [-ETHER, ETHER],
    );
    await expect(vault.connect(injured).withdrawCredit(stranger))
      .to.be.revertedWithCustomError(vault, "CreditEmpty")
      .withArgs(injured.address);
  });
});
