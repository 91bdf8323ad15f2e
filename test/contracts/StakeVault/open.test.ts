import { expect } from "chai";
import { id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  DAY,
  ETHER,
  EXIT_DELAY,
  LIABILITY,
  MAX_LIABILITY,
  NOTICE_PERIOD,
  deployDelegated,
  deployStake,
  lapseTimeOf,
  openLiability,
} from "../../helpers/stakeScenario.ts";

const { networkHelpers } = connection;
const { time } = networkHelpers;

describe("StakeVault.open", () => {
  describe("given free own stake for all of it", () => {
    it("exposes own stake and nothing else", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, operator, holder } = scenario;
      await openLiability(scenario, 3n * ETHER, { compensation: 2n * ETHER });
      expect(await vault.exposureOf(operator)).to.deep.equal([3n * ETHER, 0n]);
      expect(await vault.freeOwnStakeOf(operator)).to.equal(7n * ETHER);
      const { own, delegated, compensation } = await vault.liabilityOf(operator, holder, LIABILITY);
      expect([own, delegated, compensation]).to.deep.equal([3n * ETHER, 0n, 2n * ETHER]);
    });

    it("lapses at the start of the first day after `until`, also where a day starts at `until`", async () => {
      const scenario = await networkHelpers.loadFixture(deployStake);
      const { vault, operator, holder } = scenario;
      const midnight = (Math.floor((await time.latest()) / DAY) + 3) * DAY;
      for (const [until, expected] of [
        [midnight - 1, midnight],
        [midnight, midnight + DAY],
      ] as const) {
        const liability = id(`${until}`);
        await expect(vault.connect(holder).open(operator, liability, 1n, 0n, until))
          .to.emit(vault, "LiabilityOpened")
          .withArgs(operator.address, holder.address, liability, 1n, 0n, expected);
        expect(await lapseTimeOf(scenario, liability)).to.equal(expected);
      }
    });

    it("keeps liabilities of the same id apart by holder and by operator", async () => {
      const { vault, operator, holder, other, stranger } =
        await networkHelpers.loadFixture(deployStake);
      const until = (await time.latest()) + DAY;
      await vault.connect(other).stake({ value: 5n });
      await vault.connect(other).authorise(holder, true);
      await vault.connect(operator).authorise(stranger, true);
      await vault.connect(holder).open(operator, LIABILITY, 1n, 0n, until);
      await vault.connect(holder).open(other, LIABILITY, 2n, 0n, until);
      await vault.connect(stranger).open(operator, LIABILITY, 3n, 0n, until);
      await vault.connect(stranger).close(operator, LIABILITY);
      expect((await vault.liabilityOf(operator, holder, LIABILITY)).own).to.equal(1n);
      expect((await vault.liabilityOf(other, holder, LIABILITY)).own).to.equal(2n);
      expect((await vault.liabilityOf(operator, stranger, LIABILITY)).own).to.equal(0n);
    });
  });

  describe("given delegated stake for the rest", () => {
    it("exposes own stake first", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, operator, holder } = scenario;
      expect(await vault.availableTo(operator, holder)).to.equal(100n * ETHER);
      await openLiability(scenario, 60n * ETHER);
      expect(await vault.exposureOf(operator)).to.deep.equal([10n * ETHER, 50n * ETHER]);
    });

    it("reverts with OwnStakeInsufficient where own stake is less than a tenth: first loss is never nothing", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, operator } = scenario;
      await openLiability(scenario, 8n * ETHER);
      await expect(openLiability(scenario, 20n * ETHER + 1n, { liability: id("other") }))
        .to.be.revertedWithCustomError(vault, "OwnStakeInsufficient")
        .withArgs(operator.address, 2n * ETHER, 2n * ETHER + 1n);
      await openLiability(scenario, 20n * ETHER, { liability: id("other") });
      await expect(
        openLiability(scenario, 1n, { liability: id("third") }),
      ).to.be.revertedWithCustomError(vault, "OwnStakeInsufficient");
    });

    it("reverts with StakeInsufficient until the holder has been authorised for NOTICE_PERIOD", async () => {
      const scenario = await networkHelpers.loadFixture(deployStake);
      const { vault, shares, delegator, operator, holder } = scenario;
      await shares.connect(delegator).deposit(90n * ETHER, delegator);
      const since = Number(await vault.authorisedSince(operator, holder));
      const open = () => {
        const until = since + NOTICE_PERIOD + DAY;
        return vault.connect(holder).open(operator, LIABILITY, 11n * ETHER, 0n, until);
      };
      await time.setNextBlockTimestamp(since + NOTICE_PERIOD - 1);
      await expect(open())
        .to.be.revertedWithCustomError(vault, "StakeInsufficient")
        .withArgs(operator.address, 10n * ETHER, 11n * ETHER);
      expect(await vault.availableTo(operator, holder)).to.equal(10n * ETHER);
      await time.setNextBlockTimestamp(since + NOTICE_PERIOD);
      await open();
    });

    it("starts NOTICE_PERIOD again for a holder that was distrusted in between", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, operator, holder } = scenario;
      await vault.connect(operator).authorise(holder, false);
      await vault.connect(operator).authorise(holder, true);
      await expect(openLiability(scenario, 11n * ETHER)).to.be.revertedWithCustomError(
        vault,
        "StakeInsufficient",
      );
    });

    it("gives a delegator that asks within a week of an authorisation time to leave before the holder can harm it", async () => {
      const scenario = await networkHelpers.loadFixture(deployStake);
      const { vault, shares, delegator, operator, holder } = scenario;
      await shares.connect(delegator).deposit(90n * ETHER, delegator);
      const since = Number(await vault.authorisedSince(operator, holder));
      await time.setNextBlockTimestamp(since + NOTICE_PERIOD - EXIT_DELAY - 1);
      await shares.connect(delegator).requestRedeem(await shares.balanceOf(delegator));
      await time.setNextBlockTimestamp(since + NOTICE_PERIOD - 1);
      await shares
        .connect(delegator)
        .redeem(await shares.balanceOf(delegator), delegator, delegator);
      expect((await vault.stakeOf(operator)).delegated).to.equal(0n);
    });

    it("leaves delegated stake alone that waits to be redeemed, also once it can be claimed", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, shares, delegator, operator, holder } = scenario;
      await shares.connect(delegator).requestRedeem((await shares.balanceOf(delegator)) / 3n);
      for (const wait of [1, EXIT_DELAY, 30 * DAY]) {
        await time.increase(wait);
        expect(await vault.availableTo(operator, holder)).to.equal(70n * ETHER);
        await expect(openLiability(scenario, 71n * ETHER))
          .to.be.revertedWithCustomError(vault, "StakeInsufficient")
          .withArgs(operator.address, 70n * ETHER, 71n * ETHER);
      }
      await shares.connect(delegator).cancelRedeem();
      await openLiability(scenario, 71n * ETHER);
    });
  });

  describe("given too little stake", () => {
    it("reverts with StakeInsufficient", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, operator } = scenario;
      await expect(openLiability(scenario, 100n * ETHER + 1n))
        .to.be.revertedWithCustomError(vault, "StakeInsufficient")
        .withArgs(operator.address, 100n * ETHER, 100n * ETHER + 1n);
    });

    it("reverts with OwnStakeInsufficient where own stake does not cover the compensation", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, operator } = scenario;
      await expect(openLiability(scenario, 50n * ETHER, { compensation: 10n * ETHER + 1n }))
        .to.be.revertedWithCustomError(vault, "OwnStakeInsufficient")
        .withArgs(operator.address, 10n * ETHER, 10n * ETHER + 1n);
      await expect(openLiability(scenario, 2n, { compensation: 3n }))
        .to.be.revertedWithCustomError(vault, "OwnStakeInsufficient")
        .withArgs(operator.address, 2n, 3n);
    });

    it("does not expose own stake that is in the exit queue", async () => {
      const scenario = await networkHelpers.loadFixture(deployStake);
      const { vault, operator } = scenario;
      await vault.connect(operator).requestExit(4n * ETHER);
      await expect(openLiability(scenario, 6n * ETHER + 1n))
        .to.be.revertedWithCustomError(vault, "StakeInsufficient")
        .withArgs(operator.address, 6n * ETHER, 6n * ETHER + 1n);
      await openLiability(scenario, 6n * ETHER);
      expect(await vault.freeOwnStakeOf(operator)).to.equal(0n);
    });
  });

  it("reverts with HolderNotAuthorised for a holder that was never, or is no longer, trusted", async () => {
    const scenario = await networkHelpers.loadFixture(deployStake);
    const { vault, operator, holder, stranger } = scenario;
    await expect(openLiability({ ...scenario, holder: stranger }, 1n))
      .to.be.revertedWithCustomError(vault, "HolderNotAuthorised")
      .withArgs(operator.address, stranger.address);
    await vault.connect(operator).authorise(holder, false);
    await expect(openLiability(scenario, 1n)).to.be.revertedWithCustomError(
      vault,
      "HolderNotAuthorised",
    );
  });

  it("reverts with LiabilityAlreadyOpen, also where the first is past its day", async () => {
    const scenario = await networkHelpers.loadFixture(deployStake);
    const { vault, operator, holder } = scenario;
    await openLiability(scenario, 1n);
    for (const wait of [1, 30 * DAY]) {
      await time.increase(wait);
      await expect(openLiability(scenario, 1n))
        .to.be.revertedWithCustomError(vault, "LiabilityAlreadyOpen")
        .withArgs(operator.address, holder.address, LIABILITY);
    }
  });

  it("reverts with StakeAmountZero for nothing", async () => {
    const scenario = await networkHelpers.loadFixture(deployStake);
    await expect(openLiability(scenario, 0n)).to.be.revertedWithCustomError(
      scenario.vault,
      "StakeAmountZero",
    );
  });

  it("reverts with LiabilityTooLong beyond MAX_LIABILITY, and with LiabilityTooShort before now", async () => {
    const { vault, operator, holder } = await networkHelpers.loadFixture(deployStake);
    const now = (await time.latest()) + 100;
    const open = (until: number) => vault.connect(holder).open(operator, LIABILITY, 1n, 0n, until);
    await time.setNextBlockTimestamp(now);
    await expect(open(now + MAX_LIABILITY + 1))
      .to.be.revertedWithCustomError(vault, "LiabilityTooLong")
      .withArgs(now + MAX_LIABILITY + 1, now + MAX_LIABILITY);
    await time.setNextBlockTimestamp(now + 1);
    await expect(open(now))
      .to.be.revertedWithCustomError(vault, "LiabilityTooShort")
      .withArgs(now, now + 1);
    await time.setNextBlockTimestamp(now + 2);
    await open(now + 2 + MAX_LIABILITY);
  });
});
