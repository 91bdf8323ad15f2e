import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";

const { ethers, networkHelpers } = connection;

async function deployWrapped() {
  const [owner, stranger] = await ethers.getSigners();
  const wrapped = await ethers.deployContract("WrappedNative", ["Wrapped Ether", "WETH"]);
  return { wrapped, owner: owner!, stranger: stranger! };
}

describe("WrappedNative.deposit", () => {
  it("mints what is sent, also by a plain transfer", async () => {
    const { wrapped, owner } = await networkHelpers.loadFixture(deployWrapped);
    await expect(wrapped.deposit({ value: 3n }))
      .to.emit(wrapped, "Deposit")
      .withArgs(owner.address, 3n);
    await owner.sendTransaction({ to: wrapped, value: 4n });
    expect(await wrapped.balanceOf(owner)).to.equal(7n);
    expect(await wrapped.totalSupply()).to.equal(await ethers.provider.getBalance(wrapped));
    expect([await wrapped.name(), await wrapped.symbol()]).to.deep.equal(["Wrapped Ether", "WETH"]);
  });
});

describe("WrappedNative.withdraw", () => {
  it("burns what it sends back", async () => {
    const { wrapped, owner } = await networkHelpers.loadFixture(deployWrapped);
    await wrapped.deposit({ value: 7n });
    const withdrawn = wrapped.withdraw(5n);
    await expect(withdrawn).to.emit(wrapped, "Withdrawal").withArgs(owner.address, 5n);
    await expect(withdrawn).to.changeEtherBalances(ethers, [owner, wrapped], [5n, -5n]);
    expect(await wrapped.totalSupply()).to.equal(2n);
  });

  it("reverts with ERC20InsufficientBalance beyond the balance", async () => {
    const { wrapped, stranger } = await networkHelpers.loadFixture(deployWrapped);
    await wrapped.deposit({ value: 7n });
    await expect(wrapped.connect(stranger).withdraw(1n)).to.be.revertedWithCustomError(
      wrapped,
      "ERC20InsufficientBalance",
    );
  });

  it("reverts with WithdrawalFailed where the sender refuses, and keeps its balance", async () => {
    const { wrapped } = await networkHelpers.loadFixture(deployWrapped);
    const refusing = await ethers.deployContract("HostileRequester");
    const call = (name: "deposit" | "withdraw", values: readonly bigint[] = []) =>
      wrapped.interface.encodeFunctionData(name as "withdraw", values as [bigint]);
    await refusing.execute(wrapped, call("deposit"), { value: 5n });
    await expect(refusing.execute(wrapped, call("withdraw", [5n]))).to.be.revertedWithCustomError(
      refusing,
      "CallFailed",
    );
    expect(await wrapped.balanceOf(refusing)).to.equal(5n);
  });
});
