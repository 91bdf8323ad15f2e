import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import {
  ETHER,
  LIABILITY,
  deployDelegated,
  deployStake,
  openLiability,
  verdict,
} from "../../helpers/stakeScenario.ts";
import type { StakeScenario } from "../../helpers/stakeScenario.ts";

const { ethers, networkHelpers } = connection;
const LIMIT = 2n ** 96n - 1n;
const OFFSET = 1_000_000n;

/** All that was delegated is slashed. */
async function deployWipedOut(): Promise<StakeScenario> {
  const scenario = await deployDelegated();
  await openLiability(scenario, 100n * ETHER);
  const { vault, operator, holder } = scenario;
  await vault.connect(holder).slash(operator, LIABILITY, verdict(100n * ETHER));
  return scenario;
}

describe("OperatorShares.deposit", () => {
  it("moves assets to the vault and counts them as delegated", async () => {
    const { asset, vault, shares, operator, delegator, other } =
      await networkHelpers.loadFixture(deployStake);
    const deposited = shares.connect(delegator).deposit(ETHER, other);
    await expect(deposited).to.emit(vault, "Delegated").withArgs(operator.address, ETHER);
    await expect(deposited)
      .to.emit(shares, "Deposit")
      .withArgs(delegator.address, other.address, ETHER, ETHER * OFFSET);
    await expect(deposited).to.changeTokenBalances(
      ethers,
      asset,
      [delegator, shares, vault],
      [-ETHER, 0n, ETHER],
    );
    expect(await shares.totalAssets()).to.equal(ETHER);
    expect(await vault.stakeOf(operator)).to.deep.equal([10n * ETHER, ETHER]);
  });

  it("gives what it previews, rounded down, and mint takes what it previews, rounded up", async () => {
    const { vault, shares, operator, delegator, other, stranger } =
      await networkHelpers.loadFixture(deployDelegated);
    // A price that divides nothing.
    await vault.connect(stranger).shareEarnings(operator, 7_777_777n);
    const supply = (await shares.totalSupply()) + OFFSET;
    const assets = (await shares.totalAssets()) + 1n;
    const expected = (12_345n * supply) / assets;
    expect(await shares.previewDeposit(12_345n)).to.equal(expected);
    await shares.connect(other).deposit(12_345n, other);
    expect(await shares.balanceOf(other)).to.equal(expected);
    const previewed = await shares.previewMint(54_321n);
    await shares.connect(delegator).mint(54_321n, stranger);
    expect(await shares.balanceOf(stranger)).to.equal(54_321n);
    expect(await shares.totalAssets()).to.equal(assets - 1n + 12_345n + previewed);
    expect(await shares.convertToAssets(54_321n)).to.be.lessThanOrEqual(previewed);
  });

  it("never lets a deposit and its redemption gain: both round against who moves", async () => {
    const { vault, shares, operator, stranger } = await networkHelpers.loadFixture(deployDelegated);
    await vault.connect(stranger).shareEarnings(operator, 7_777_777n);
    for (const assets of [1n, 2n, 999n, 10n ** 15n + 1n]) {
      const minted = await shares.previewDeposit(assets);
      expect(await shares.previewRedeem(minted)).to.be.lessThanOrEqual(assets);
      expect(await shares.previewWithdraw(assets)).to.be.greaterThanOrEqual(minted);
      expect(await shares.previewMint(minted)).to.be.lessThanOrEqual(assets);
    }
  });

  it("reverts with ERC4626ExceededMaxDeposit beyond 96 bits, which maxDeposit and maxMint say", async () => {
    const { shares, delegator } = await networkHelpers.loadFixture(deployDelegated);
    const limit = LIMIT - 90n * ETHER;
    expect(await shares.maxDeposit(delegator)).to.equal(limit);
    expect(await shares.maxMint(delegator)).to.equal(await shares.convertToShares(limit));
    await expect(
      shares.connect(delegator).deposit(limit + 1n, delegator),
    ).to.be.revertedWithCustomError(shares, "ERC4626ExceededMaxDeposit");
  });

  it("reverts with StakeNotReceived for an asset that takes a fee on transfers", async () => {
    const [operator] = await ethers.getSigners();
    const asset = await ethers.deployContract("TokenFee");
    const vault = await ethers.deployContract("StakeVault", [asset]);
    await vault.openPool();
    const shares = await ethers.getContractAt("OperatorShares", await vault.sharesOf(operator!));
    await asset.deposit({ value: 100_000n });
    await asset.approve(shares, ethers.MaxUint256);
    await expect(shares.deposit(1000n, operator!))
      .to.be.revertedWithCustomError(vault, "StakeNotReceived")
      .withArgs(990n, 1000n);
  });

  describe("given that all that was delegated is slashed", () => {
    it("refuses deposits, which would be shared with worthless shares", async () => {
      const { shares, vault, operator, delegator, stranger } =
        await networkHelpers.loadFixture(deployWipedOut);
      expect(await shares.totalAssets()).to.equal(0n);
      expect(await shares.maxDeposit(delegator)).to.equal(0n);
      expect(await shares.maxMint(delegator)).to.equal(0n);
      await expect(shares.connect(delegator).deposit(1n, delegator)).to.be.revertedWithCustomError(
        shares,
        "ERC4626ExceededMaxDeposit",
      );
      await vault.connect(stranger).shareEarnings(operator, ETHER);
      expect(await shares.maxDeposit(delegator)).to.equal(0n);
    });
  });

  describe("given that nearly all was slashed, again and again", () => {
    it("refuses deposits before a conversion can overflow", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, shares, operator, holder, delegator } = scenario;
      for (let i = 0; i < 2; i++) {
        await vault.connect(operator).stake({ value: 20n * ETHER });
        const { delegated } = await vault.stakeOf(operator);
        const own = await vault.freeOwnStakeOf(operator);
        const amount = own + delegated - 1n;
        await openLiability(scenario, amount);
        await vault.connect(holder).slash(operator, LIABILITY, verdict(amount));
        expect(await shares.totalAssets()).to.equal(1n);
        if ((await shares.maxDeposit(delegator)) === 0n) break;
        await shares.connect(delegator).deposit(4n * ETHER, delegator);
      }
      expect(await shares.totalSupply()).to.be.greaterThan(2n ** 119n);
      expect(await shares.maxDeposit(delegator)).to.equal(0n);
      expect(await shares.maxMint(delegator)).to.equal(0n);
    });
  });
});

describe("OperatorShares against inflation of the price", () => {
  it("makes it dearer than what the depositor loses, though earnings can be donated", async () => {
    const { vault, shares, other, stranger } = await networkHelpers.loadFixture(deployStake);
    // The attacker is an operator without own stake, and its own first delegator.
    await vault.connect(stranger).openPool();
    const pool = await ethers.getContractAt("OperatorShares", await vault.sharesOf(stranger));
    const asset = await ethers.getContractAt("WrappedNative", await vault.asset());
    for (const account of [stranger, other]) {
      await asset.connect(account).approve(pool, ethers.MaxUint256);
    }
    await pool.connect(stranger).deposit(1n, stranger);
    const donated = 10n * ETHER;
    await vault.connect(stranger).shareEarnings(stranger, donated);
    await pool.connect(other).deposit(ETHER, other);
    const lost = ETHER - (await pool.convertToAssets(await pool.balanceOf(other)));
    const kept = await pool.convertToAssets(await pool.balanceOf(stranger));
    expect(lost).to.be.lessThan(ETHER / 100_000n);
    expect(donated + 1n - kept).to.be.greaterThan(lost * 1000n);
    expect(await shares.totalSupply()).to.equal(0n);
  });

  it("counts no assets that are sent to the share or to the vault", async () => {
    const { asset, vault, shares, delegator } = await networkHelpers.loadFixture(deployDelegated);
    await asset.connect(delegator).transfer(shares, ETHER);
    await asset.connect(delegator).transfer(vault, ETHER);
    expect(await shares.totalAssets()).to.equal(90n * ETHER);
  });
});
