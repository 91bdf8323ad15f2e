import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import { ETHER, deployDelegated, deployStake, openLiability } from "../../helpers/stakeScenario.ts";

const { ethers, networkHelpers } = connection;

/** The pool of `operator` as a signer, to call what only it may. */
async function deployImpersonated() {
  const scenario = await deployDelegated();
  const address = await scenario.shares.getAddress();
  await networkHelpers.impersonateAccount(address);
  await networkHelpers.setBalance(address, ETHER);
  return { ...scenario, pool: await ethers.getSigner(address) };
}

describe("StakeVault.openPool", () => {
  it("deploys a share that is bound to operator, vault and asset", async () => {
    const { vault, asset, stranger } = await networkHelpers.loadFixture(deployStake);
    const address = await vault.connect(stranger).openPool.staticCall();
    await expect(vault.connect(stranger).openPool())
      .to.emit(vault, "PoolOpened")
      .withArgs(stranger.address, address);
    expect(await vault.sharesOf(stranger)).to.equal(address);
    const shares = await ethers.getContractAt("OperatorShares", address);
    expect(await shares.operator()).to.equal(stranger.address);
    expect(await shares.vault()).to.equal(await vault.getAddress());
    expect(await shares.asset()).to.equal(await asset.getAddress());
    expect(await shares.name()).to.equal(`Vouch stake of ${stranger.address}`);
    expect(await shares.symbol()).to.equal(`vouch-${stranger.address}`);
    expect(await shares.decimals()).to.equal(24n);
  });

  it("reverts with PoolAlreadyOpen the second time", async () => {
    const { vault, operator } = await networkHelpers.loadFixture(deployStake);
    await expect(vault.connect(operator).openPool())
      .to.be.revertedWithCustomError(vault, "PoolAlreadyOpen")
      .withArgs(operator.address);
  });
});

describe("StakeVault.delegate, StakeVault.undelegate", () => {
  it("revert with SenderNotPool for anyone else, another operator's pool included", async () => {
    const { vault, pool, operator, stranger } =
      await networkHelpers.loadFixture(deployImpersonated);
    await vault.connect(stranger).openPool();
    for (const [sender, account] of [
      [stranger, operator],
      [operator, operator],
      [pool, stranger],
    ] as const) {
      for (const call of [
        vault.connect(sender).delegate(account, 1n),
        vault.connect(sender).undelegate(account, sender, 1n),
      ]) {
        await expect(call)
          .to.be.revertedWithCustomError(vault, "SenderNotPool")
          .withArgs(account.address, sender.address);
      }
    }
  });

  it("revert with PoolNotOpen for an operator without a pool", async () => {
    const { vault, stranger } = await networkHelpers.loadFixture(deployStake);
    await expect(vault.delegate(stranger, 1n))
      .to.be.revertedWithCustomError(vault, "PoolNotOpen")
      .withArgs(stranger.address);
    await expect(vault.undelegate(stranger, stranger, 1n)).to.be.revertedWithCustomError(
      vault,
      "PoolNotOpen",
    );
  });

  it("keep what is exposed even from the pool: ExitExposed", async () => {
    const scenario = await networkHelpers.loadFixture(deployImpersonated);
    const { vault, pool, operator, stranger } = scenario;
    await openLiability(scenario, 60n * ETHER);
    await expect(vault.connect(pool).undelegate(operator, stranger, 40n * ETHER + 1n))
      .to.be.revertedWithCustomError(vault, "ExitExposed")
      .withArgs(operator.address, 50n * ETHER);
    await expect(vault.connect(pool).undelegate(operator, stranger, 40n * ETHER))
      .to.emit(vault, "Undelegated")
      .withArgs(operator.address, stranger.address, 40n * ETHER);
  });

  it("revert with StakeAmountTooHigh beyond 96 bits", async () => {
    const { vault, pool, operator } = await networkHelpers.loadFixture(deployImpersonated);
    const limit = 2n ** 96n - 1n - 90n * ETHER;
    await expect(vault.connect(pool).delegate(operator, limit + 1n))
      .to.be.revertedWithCustomError(vault, "StakeAmountTooHigh")
      .withArgs(limit + 1n, limit);
  });
});
