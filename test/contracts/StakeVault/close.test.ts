import { expect } from "chai";
import { id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  DAY,
  ETHER,
  LIABILITY,
  MAX_LIABILITY,
  deployDelegated,
  deployStake,
  lapseTimeOf,
  openLiability,
} from "../../helpers/stakeScenario.ts";

const { networkHelpers } = connection;
const { time } = networkHelpers;

describe("StakeVault.close", () => {
  it("frees own and delegated stake, also for a holder that lost its authorisation", async () => {
    const scenario = await networkHelpers.loadFixture(deployDelegated);
    const { vault, operator, holder } = scenario;
    await openLiability(scenario, 60n * ETHER);
    await vault.connect(operator).authorise(holder, false);
    await expect(vault.connect(holder).close(operator, LIABILITY))
      .to.emit(vault, "LiabilityClosed")
      .withArgs(operator.address, holder.address, LIABILITY);
    expect(await vault.exposureOf(operator)).to.deep.equal([0n, 0n]);
    expect((await vault.liabilityOf(operator, holder, LIABILITY)).lapseDay).to.equal(0n);
  });

  it("does nothing for anybody but the holder, or the second time", async () => {
    const scenario = await networkHelpers.loadFixture(deployStake);
    const { vault, operator, holder } = scenario;
    await openLiability(scenario, ETHER);
    const byOperator = vault.connect(operator).close(operator, LIABILITY);
    await expect(byOperator).not.to.emit(vault, "LiabilityClosed");
    expect(await vault.exposureOf(operator)).to.deep.equal([ETHER, 0n]);
    await vault.connect(holder).close(operator, LIABILITY);
    const again = vault.connect(holder).close(operator, LIABILITY);
    await expect(again).not.to.emit(vault, "LiabilityClosed");
  });

  it("does nothing for a holder whose liability was lapsed, so that its own clean-up goes on", async () => {
    const scenario = await networkHelpers.loadFixture(deployStake);
    const { vault, operator, holder } = scenario;
    await openLiability(scenario, ETHER);
    await time.increase(MAX_LIABILITY + DAY);
    await vault.lapse(operator, holder, LIABILITY);
    await vault.connect(holder).close(operator, LIABILITY);
    expect(await vault.exposureOf(operator)).to.deep.equal([0n, 0n]);
  });
});

describe("StakeVault.lapse", () => {
  it("reverts with LiabilityNotLapsed a second before its day, then lets anyone free the stake", async () => {
    const scenario = await networkHelpers.loadFixture(deployDelegated);
    const { vault, operator, holder, stranger } = scenario;
    await openLiability(scenario, 60n * ETHER);
    const day = await lapseTimeOf(scenario);
    await time.setNextBlockTimestamp(day - 1);
    await expect(vault.connect(stranger).lapse(operator, holder, LIABILITY))
      .to.be.revertedWithCustomError(vault, "LiabilityNotLapsed")
      .withArgs(day);
    await time.setNextBlockTimestamp(day);
    await expect(vault.connect(stranger).lapse(operator, holder, LIABILITY))
      .to.emit(vault, "LiabilityClosed")
      .withArgs(operator.address, holder.address, LIABILITY);
    expect(await vault.exposureOf(operator)).to.deep.equal([0n, 0n]);
  });

  it("reverts with LiabilityNotOpen where there is none", async () => {
    const { vault, operator, holder } = await networkHelpers.loadFixture(deployStake);
    await expect(vault.lapse(operator, holder, LIABILITY))
      .to.be.revertedWithCustomError(vault, "LiabilityNotOpen")
      .withArgs(operator.address, holder.address, LIABILITY);
  });
});

describe("StakeVault.lapseMany", () => {
  it("frees those whose day has come and passes over the others", async () => {
    const scenario = await networkHelpers.loadFixture(deployStake);
    const { vault, operator, holder, stranger } = scenario;
    const names = ["short", "long", "unknown"].map(id);
    await openLiability(scenario, 1n, { liability: names[0]!, seconds: DAY });
    await openLiability(scenario, 2n, { liability: names[1]!, seconds: 10 * DAY });
    await time.increase(3 * DAY);
    const lapsed = vault.connect(stranger).lapseMany(operator, holder, [...names, names[0]!]);
    await expect(lapsed)
      .to.emit(vault, "LiabilityClosed")
      .withArgs(operator.address, holder.address, names[0]);
    expect(await vault.exposureOf(operator)).to.deep.equal([2n, 0n]);
  });
});
