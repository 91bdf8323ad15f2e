import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import {
  CLAIM_WINDOW,
  ETHER,
  EXIT_DELAY,
  LIABILITY,
  deployDelegated,
  openLiability,
  verdict,
} from "../../helpers/stakeScenario.ts";
import type { StakeScenario } from "../../helpers/stakeScenario.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;

/** `delegator` asked for a third of its shares, worth 30 ether, and can claim them. */
async function deployMatured(): Promise<StakeScenario & { readonly third: bigint }> {
  const scenario = await deployDelegated();
  const { shares, delegator } = scenario;
  const third = (await shares.balanceOf(delegator)) / 3n;
  await shares.connect(delegator).requestRedeem(third);
  await time.increase(EXIT_DELAY);
  return { ...scenario, third };
}

describe("OperatorShares.requestRedeem", () => {
  it("locks the shares until EXIT_DELAY has passed; a second request restarts it for the whole", async () => {
    const { shares, delegator } = await networkHelpers.loadFixture(deployDelegated);
    const own = shares.connect(delegator);
    await own.requestRedeem(5n);
    const [, first] = await shares.redeemRequestOf(delegator);
    await time.increase(1000);
    const requested = await own.requestRedeem(6n);
    const availableAt = (await time.latest()) + EXIT_DELAY;
    await expect(requested)
      .to.emit(shares, "RedeemRequested")
      .withArgs(delegator.address, 6n, availableAt);
    expect(await shares.redeemRequestOf(delegator)).to.deep.equal([11n, BigInt(availableAt)]);
    expect(first).to.be.lessThan(availableAt);
    expect(await shares.exitingShares()).to.equal(11n);
    // 11 millionths of a wei, rounded up.
    expect(await shares.exitingAssets()).to.equal(1n);
  });

  it("reverts with SharesInExit beyond those that do not wait already", async () => {
    const { shares, delegator } = await networkHelpers.loadFixture(deployDelegated);
    const balance = await shares.balanceOf(delegator);
    await shares.connect(delegator).requestRedeem(balance - 5n);
    await expect(shares.connect(delegator).requestRedeem(6n))
      .to.be.revertedWithCustomError(shares, "SharesInExit")
      .withArgs(delegator.address, 5n, 6n);
  });

  it("reverts with RedeemSharesZero for nothing", async () => {
    const { shares, delegator } = await networkHelpers.loadFixture(deployDelegated);
    await expect(shares.connect(delegator).requestRedeem(0n)).to.be.revertedWithCustomError(
      shares,
      "RedeemSharesZero",
    );
  });

  it("keeps those shares where they are: SharesInExit, while the others move", async () => {
    const { shares, delegator, other } = await networkHelpers.loadFixture(deployDelegated);
    const balance = await shares.balanceOf(delegator);
    await shares.connect(delegator).requestRedeem(balance - 5n);
    await expect(shares.connect(delegator).transfer(other, 6n))
      .to.be.revertedWithCustomError(shares, "SharesInExit")
      .withArgs(delegator.address, 5n, 6n);
    await shares.connect(delegator).transfer(other, 5n);
    expect(await shares.balanceOf(other)).to.equal(5n);
  });
});

describe("OperatorShares.cancelRedeem", () => {
  it("unlocks the shares and forgets the delay: no request stays ready", async () => {
    const { shares, delegator, other, third } = await networkHelpers.loadFixture(deployMatured);
    await expect(shares.connect(delegator).cancelRedeem())
      .to.emit(shares, "RedeemCancelled")
      .withArgs(delegator.address, third);
    expect(await shares.exitingShares()).to.equal(0n);
    expect(await shares.maxRedeem(delegator)).to.equal(0n);
    await shares.connect(delegator).transfer(other, await shares.balanceOf(delegator));
    await shares.connect(other).requestRedeem(third);
    expect(await shares.maxRedeem(other)).to.equal(0n);
  });

  it("reverts with RedeemNotRequested without a request", async () => {
    const { shares, delegator } = await networkHelpers.loadFixture(deployDelegated);
    await expect(shares.connect(delegator).cancelRedeem())
      .to.be.revertedWithCustomError(shares, "RedeemNotRequested")
      .withArgs(delegator.address);
  });
});

describe("OperatorShares.redeem", () => {
  it("pays from EXIT_DELAY on, not a second before, until CLAIM_WINDOW is over", async () => {
    const { shares, delegator } = await networkHelpers.loadFixture(deployDelegated);
    await shares.connect(delegator).requestRedeem(1000n);
    const availableAt = (await time.latest()) + EXIT_DELAY;
    const redeem = async () => shares.connect(delegator).redeem(1000n, delegator, delegator);
    await time.setNextBlockTimestamp(availableAt - 1);
    await expect(redeem()).to.be.revertedWithCustomError(shares, "ERC4626ExceededMaxRedeem");
    for (const at of [availableAt, availableAt + CLAIM_WINDOW - 1]) {
      const snapshot = await networkHelpers.takeSnapshot();
      await time.setNextBlockTimestamp(at);
      await redeem();
      await snapshot.restore();
    }
    await time.setNextBlockTimestamp(availableAt + CLAIM_WINDOW);
    await expect(redeem()).to.be.revertedWithCustomError(shares, "ERC4626ExceededMaxRedeem");
  });

  it("pays assets out of the vault, to whom the owner says", async () => {
    const { asset, vault, shares, operator, delegator, other, third } =
      await networkHelpers.loadFixture(deployMatured);
    expect(await shares.maxRedeem(delegator)).to.equal(third);
    expect(await shares.maxWithdraw(delegator)).to.equal(30n * ETHER);
    const redeemed = shares.connect(delegator).redeem(third, other, delegator);
    await expect(redeemed)
      .to.emit(shares, "Withdraw")
      .withArgs(delegator.address, other.address, delegator.address, 30n * ETHER, third);
    await expect(redeemed).to.changeTokenBalances(
      ethers,
      asset,
      [vault, other],
      [-30n * ETHER, 30n * ETHER],
    );
    expect(await vault.stakeOf(operator)).to.deep.equal([10n * ETHER, 60n * ETHER]);
    expect(await shares.exitingShares()).to.equal(0n);
    expect(await shares.maxRedeem(delegator)).to.equal(0n);
  });

  it("pays by withdraw too, which burns shares rounded up", async () => {
    const { shares, vault, operator, delegator, stranger, third } =
      await networkHelpers.loadFixture(deployMatured);
    await vault.connect(stranger).shareEarnings(operator, 7_777_777n);
    const most = await shares.maxWithdraw(delegator);
    const burnt = await shares.previewWithdraw(most);
    expect(burnt).to.be.lessThanOrEqual(third);
    expect(await shares.previewRedeem(burnt)).to.be.greaterThanOrEqual(most);
    await shares.connect(delegator).withdraw(most, delegator, delegator);
    const [waiting] = await shares.redeemRequestOf(delegator);
    expect(waiting).to.equal(third - burnt);
    await expect(
      shares.connect(delegator).withdraw(most, delegator, delegator),
    ).to.be.revertedWithCustomError(shares, "ERC4626ExceededMaxWithdraw");
  });

  it("takes shares in parts, of the request and of no others", async () => {
    const { shares, delegator, third } = await networkHelpers.loadFixture(deployMatured);
    const own = shares.connect(delegator);
    await own.redeem(third - 1n, delegator, delegator);
    expect(await shares.maxRedeem(delegator)).to.equal(1n);
    await expect(own.redeem(2n, delegator, delegator)).to.be.revertedWithCustomError(
      shares,
      "ERC4626ExceededMaxRedeem",
    );
    await own.redeem(1n, delegator, delegator);
    expect(await shares.exitingShares()).to.equal(0n);
  });

  it("spends the owner's allowance where another claims", async () => {
    const { shares, delegator, other, third } = await networkHelpers.loadFixture(deployMatured);
    const claim = async () => shares.connect(other).redeem(third, other, delegator);
    await expect(claim()).to.be.revertedWithCustomError(shares, "ERC20InsufficientAllowance");
    await shares.connect(delegator).approve(other, third);
    await claim();
    expect(await shares.allowance(delegator, other)).to.equal(0n);
  });

  describe("given open liabilities", () => {
    it("pays no more than they leave, which maxRedeem says", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, shares, operator, holder, delegator } = scenario;
      await openLiability(scenario, 70n * ETHER);
      const all = await shares.balanceOf(delegator);
      await shares.connect(delegator).requestRedeem(all);
      await time.increase(EXIT_DELAY);
      const most = await shares.maxRedeem(delegator);
      expect(most).to.equal(all / 3n);
      await expect(
        shares.connect(delegator).redeem(most + 1n, delegator, delegator),
      ).to.be.revertedWithCustomError(shares, "ERC4626ExceededMaxRedeem");
      await shares.connect(delegator).redeem(most, delegator, delegator);
      expect(await vault.stakeOf(operator)).to.deep.equal([10n * ETHER, 60n * ETHER]);
      await vault.lapse(operator, holder, LIABILITY);
      await shares.connect(delegator).redeem(all - most, delegator, delegator);
      expect((await vault.stakeOf(operator)).delegated).to.equal(0n);
    });

    it("pays what a slash in the queue left", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, asset, shares, operator, holder, delegator } = scenario;
      await openLiability(scenario, 55n * ETHER);
      const all = await shares.balanceOf(delegator);
      await shares.connect(delegator).requestRedeem(all);
      await vault.connect(holder).slash(operator, LIABILITY, verdict(55n * ETHER));
      await time.increase(EXIT_DELAY);
      const redeemed = shares.connect(delegator).redeem(all, delegator, delegator);
      await expect(redeemed).to.changeTokenBalance(ethers, asset, delegator, 45n * ETHER);
    });

    it("pays nothing, and does not revert, where all was slashed", async () => {
      const scenario = await networkHelpers.loadFixture(deployDelegated);
      const { vault, shares, operator, holder, delegator } = scenario;
      await openLiability(scenario, 100n * ETHER);
      await shares.connect(delegator).requestRedeem(await shares.balanceOf(delegator));
      await vault.connect(holder).slash(operator, LIABILITY, verdict(100n * ETHER));
      await time.increase(EXIT_DELAY);
      expect(await shares.maxWithdraw(delegator)).to.equal(0n);
      const all = await shares.maxRedeem(delegator);
      expect(all).to.equal(await shares.balanceOf(delegator));
      await shares.connect(delegator).redeem(all, delegator, delegator);
      expect(await shares.totalSupply()).to.equal(0n);
    });
  });
});

describe("OperatorShares.permit", () => {
  it("approves by signature over the domain that eip712Domain tells", async () => {
    const { shares, delegator, other } = await networkHelpers.loadFixture(deployDelegated);
    const { name, version, chainId, verifyingContract } = await shares.eip712Domain();
    const types = {
      Permit: [
        "address owner",
        "address spender",
        "uint256 value",
        "uint256 nonce",
        "uint256 deadline",
      ]
        .map((it) => it.split(" "))
        .map(([type, member]) => ({ type: type!, name: member! })),
    };
    const message = {
      owner: delegator.address,
      spender: other.address,
      value: 5n,
      nonce: await shares.nonces(delegator),
      deadline: ethers.MaxUint256,
    };
    const domain = { name, version, chainId, verifyingContract };
    const signature = await delegator.signTypedData(domain, types, message);
    const { v, r, s } = ethers.Signature.from(signature);
    await shares.permit(delegator, other, 5n, ethers.MaxUint256, v, r, s);
    expect(await shares.allowance(delegator, other)).to.equal(5n);
  });
});
