import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import { ETHER, deployStake } from "../../helpers/stakeScenario.ts";

const { ethers, networkHelpers } = connection;
const LIMIT = 2n ** 96n - 1n;

/** A vault of a token that loses a percent wherever it moves, and that wraps. */
async function deployFeeVault() {
  const [operator] = await ethers.getSigners();
  const asset = await ethers.deployContract("TokenFee");
  const vault = await ethers.deployContract("StakeVault", [asset]);
  await asset.deposit({ value: 100_000n });
  await asset.approve(vault, ethers.MaxUint256);
  return { asset, vault, operator: operator! };
}

describe("StakeVault.stake", () => {
  it("wraps what is sent and adds it to the sender's own stake", async () => {
    const { vault, asset, stranger } = await networkHelpers.loadFixture(deployStake);
    const staked = vault.connect(stranger).stake({ value: 5n });
    await expect(staked).to.emit(vault, "Staked").withArgs(stranger.address, stranger.address, 5n);
    await expect(staked).to.changeTokenBalance(ethers, asset, vault, 5n);
    expect(await vault.stakeOf(stranger)).to.deep.equal([5n, 0n]);
    expect(await vault.freeOwnStakeOf(stranger)).to.equal(5n);
    expect(await vault.asset()).to.equal(await asset.getAddress());
  });

  it("reverts with StakeAmountZero for nothing", async () => {
    const { vault } = await networkHelpers.loadFixture(deployStake);
    await expect(vault.stake()).to.be.revertedWithCustomError(vault, "StakeAmountZero");
  });

  it("reverts with StakeNotReceived where the asset wraps to less than was sent", async () => {
    const { vault } = await networkHelpers.loadFixture(deployFeeVault);
    await expect(vault.stake({ value: 1000n }))
      .to.be.revertedWithCustomError(vault, "StakeNotReceived")
      .withArgs(990n, 1000n);
  });
});

describe("StakeVault.stakeFor", () => {
  it("adds the sender's assets to an operator's own stake", async () => {
    const { vault, asset, operator, stranger } = await networkHelpers.loadFixture(deployStake);
    const staked = vault.connect(stranger).stakeFor(operator, ETHER);
    await expect(staked)
      .to.emit(vault, "Staked")
      .withArgs(operator.address, stranger.address, ETHER);
    await expect(staked).to.changeTokenBalances(ethers, asset, [stranger, vault], [-ETHER, ETHER]);
    expect((await vault.stakeOf(operator)).own).to.equal(11n * ETHER);
  });

  it("reverts with StakeAmountZero for nothing", async () => {
    const { vault, operator } = await networkHelpers.loadFixture(deployStake);
    await expect(vault.stakeFor(operator, 0n)).to.be.revertedWithCustomError(
      vault,
      "StakeAmountZero",
    );
  });

  it("reverts with StakeNotReceived for an asset that takes a fee on transfers", async () => {
    const { vault, operator } = await networkHelpers.loadFixture(deployFeeVault);
    await expect(vault.stakeFor(operator, 1000n))
      .to.be.revertedWithCustomError(vault, "StakeNotReceived")
      .withArgs(990n, 1000n);
  });

  it("reverts with StakeAmountTooHigh beyond 96 bits of own stake", async () => {
    const { vault, asset, operator, stranger } = await networkHelpers.loadFixture(deployStake);
    await networkHelpers.setBalance(stranger.address, 2n ** 97n);
    await asset.connect(stranger).deposit({ value: LIMIT });
    await expect(vault.connect(stranger).stakeFor(operator, LIMIT))
      .to.be.revertedWithCustomError(vault, "StakeAmountTooHigh")
      .withArgs(LIMIT, LIMIT - 10n * ETHER);
    await vault.connect(stranger).stakeFor(operator, LIMIT - 10n * ETHER);
    expect((await vault.stakeOf(operator)).own).to.equal(LIMIT);
  });
});

describe("StakeVault.authorise", () => {
  it("keeps the time of the first of two authorisations, and forgets it with the trust", async () => {
    const { vault, operator, holder } = await networkHelpers.loadFixture(deployStake);
    const since = await vault.authorisedSince(operator, holder);
    expect(since).to.be.greaterThan(0n);
    await expect(vault.connect(operator).authorise(holder, true))
      .to.emit(vault, "HolderAuthorised")
      .withArgs(operator.address, holder.address, true);
    expect(await vault.authorisedSince(operator, holder)).to.equal(since);
    await vault.connect(operator).authorise(holder, false);
    expect(await vault.authorisedSince(operator, holder)).to.equal(0n);
    expect(await vault.availableTo(operator, holder)).to.equal(0n);
  });
});
