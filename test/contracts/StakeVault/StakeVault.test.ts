import { expect } from "chai";
import { id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { ETHER, deployScenario } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
const WEEK = 7 * 24 * 3600;
const LIABILITY = id("liability");

/** `rival` doubles as a liability holder that `operator` trusts. */
async function deployed() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  await scenario.vault.connect(scenario.operator).authorise(scenario.rival, true);
  return scenario;
}

describe("StakeVault.stake", () => {
  it("adds to the sender's stake", async () => {
    const { vault, stranger } = await deployed();
    await expect(vault.connect(stranger).stake({ value: 5n }))
      .to.emit(vault, "Staked")
      .withArgs(stranger.address, 5n);
    expect(await vault.stakeOf(stranger)).to.equal(5n);
    expect(await vault.freeStakeOf(stranger)).to.equal(5n);
  });

  it("reverts with StakeAmountZero for nothing", async () => {
    const { vault } = await deployed();
    await expect(vault.stake()).to.be.revertedWithCustomError(vault, "StakeAmountZero");
  });
});

describe("StakeVault.open", () => {
  it("exposes free stake to the holder's liability", async () => {
    const { vault, operator, rival } = await deployed();
    await vault.connect(rival).open(operator, LIABILITY, 3n * ETHER);
    expect(await vault.exposureOf(operator)).to.equal(3n * ETHER);
    expect(await vault.freeStakeOf(operator)).to.equal(7n * ETHER);
    expect(await vault.liabilityOf(rival, LIABILITY)).to.deep.equal([operator.address, 3n * ETHER]);
  });

  it("reverts with HolderNotAuthorised for a holder that was never, or is no longer, trusted", async () => {
    const { vault, operator, rival, stranger } = await deployed();
    await expect(
      vault.connect(stranger).open(operator, LIABILITY, 1n),
    ).to.be.revertedWithCustomError(vault, "HolderNotAuthorised");
    await vault.connect(operator).authorise(rival, false);
    await expect(vault.connect(rival).open(operator, LIABILITY, 1n)).to.be.revertedWithCustomError(
      vault,
      "HolderNotAuthorised",
    );
  });

  it("reverts with StakeInsufficient beyond the free stake", async () => {
    const { vault, operator, rival } = await deployed();
    await vault.connect(rival).open(operator, LIABILITY, 6n * ETHER);
    await expect(vault.connect(rival).open(operator, id("other"), 5n * ETHER))
      .to.be.revertedWithCustomError(vault, "StakeInsufficient")
      .withArgs(operator.address, 4n * ETHER, 5n * ETHER);
  });

  it("reverts with ExposureAlreadyOpen for the same liability", async () => {
    const { vault, operator, rival } = await deployed();
    await vault.connect(rival).open(operator, LIABILITY, 0n);
    await expect(vault.connect(rival).open(operator, LIABILITY, 1n)).to.be.revertedWithCustomError(
      vault,
      "ExposureAlreadyOpen",
    );
  });
});

describe("StakeVault.close", () => {
  it("frees the stake, also for a holder that lost its authorisation", async () => {
    const { vault, operator, rival } = await deployed();
    await vault.connect(rival).open(operator, LIABILITY, ETHER);
    await vault.connect(operator).authorise(rival, false);
    await vault.connect(rival).close(LIABILITY);
    expect(await vault.exposureOf(operator)).to.equal(0n);
  });

  it("reverts with ExposureNotOpen for anybody but the holder, and the second time", async () => {
    const { vault, operator, rival } = await deployed();
    await vault.connect(rival).open(operator, LIABILITY, ETHER);
    await expect(vault.connect(operator).close(LIABILITY)).to.be.revertedWithCustomError(
      vault,
      "ExposureNotOpen",
    );
    await vault.connect(rival).close(LIABILITY);
    await expect(vault.connect(rival).close(LIABILITY)).to.be.revertedWithCustomError(
      vault,
      "ExposureNotOpen",
    );
  });
});

describe("StakeVault.requestExit", () => {
  it("takes stake out of account at once and restarts the delay for the whole", async () => {
    const { vault, operator } = await deployed();
    await vault.connect(operator).requestExit(ETHER);
    const [, first] = await vault.exitOf(operator);
    await networkHelpers.time.increase(1000);
    await vault.connect(operator).requestExit(2n * ETHER);
    const [amount, second] = await vault.exitOf(operator);
    expect(amount).to.equal(3n * ETHER);
    expect(second).to.be.greaterThanOrEqual(first + 1000n);
    expect(await vault.stakeOf(operator)).to.equal(7n * ETHER);
  });

  it("reverts with StakeInsufficient for exposed stake", async () => {
    const { vault, operator, rival } = await deployed();
    await vault.connect(rival).open(operator, LIABILITY, 9n * ETHER);
    await expect(vault.connect(operator).requestExit(2n * ETHER)).to.be.revertedWithCustomError(
      vault,
      "StakeInsufficient",
    );
  });

  it("reverts with StakeAmountZero for nothing", async () => {
    const { vault, operator } = await deployed();
    await expect(vault.connect(operator).requestExit(0n)).to.be.revertedWithCustomError(
      vault,
      "StakeAmountZero",
    );
  });
});

describe("StakeVault.withdraw", () => {
  it("reverts with ExitNotRequested without an exit", async () => {
    const { vault, operator } = await deployed();
    await expect(vault.connect(operator).withdraw(operator)).to.be.revertedWithCustomError(
      vault,
      "ExitNotRequested",
    );
  });

  it("reverts with ExitNotAvailable before the delay, then pays once", async () => {
    const { vault, operator, stranger } = await deployed();
    await vault.connect(operator).requestExit(ETHER);
    await networkHelpers.time.increase(WEEK - 10);
    await expect(vault.connect(operator).withdraw(stranger)).to.be.revertedWithCustomError(
      vault,
      "ExitNotAvailable",
    );
    await networkHelpers.time.increase(10);
    await expect(vault.connect(operator).withdraw(stranger)).to.changeEtherBalance(
      ethers,
      stranger,
      ETHER,
    );
    await expect(vault.connect(operator).withdraw(stranger)).to.be.revertedWithCustomError(
      vault,
      "ExitNotRequested",
    );
  });

  it("reverts with WithdrawalFailed where the payee refuses ether, and keeps the exit", async () => {
    const { vault, operator } = await deployed();
    const refusing = await ethers.deployContract("HostileRequester");
    await vault.connect(operator).requestExit(ETHER);
    await networkHelpers.time.increase(WEEK);
    await expect(vault.connect(operator).withdraw(refusing)).to.be.revertedWithCustomError(
      vault,
      "WithdrawalFailed",
    );
    expect((await vault.exitOf(operator))[0]).to.equal(ETHER);
  });
});
