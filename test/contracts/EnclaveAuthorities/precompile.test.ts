import { expect } from "chai";
import { network } from "hardhat";

const PRECOMPILE = "0x0000000000000000000000000000000000000100";

describe("EnclaveAuthorities, when it is deployed", () => {
  it("reverts with P256PrecompileMissing on a chain without the precompile", async () => {
    const { ethers, ...chain } = await network.create({ override: { hardfork: "prague" } });
    const factory = await ethers.getContractFactory("EnclaveAuthorities");
    await expect(factory.deploy(false)).to.be.revertedWithCustomError(
      factory,
      "P256PrecompileMissing",
    );
    await chain.close();
  });

  for (const [what, code] of [
    // PUSH1 1, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN
    ["accepts whatever it is asked", "0x60015f5260205ff3"],
    // PUSH1 2, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN
    ["returns another number", "0x60025f5260205ff3"],
    // PUSH1 1, PUSH0, MSTORE, PUSH1 64, PUSH0, RETURN
    ["returns more than a word", "0x60015f5260405ff3"],
    // PUSH1 1, PUSH0, MSTORE8, PUSH1 1, PUSH0, RETURN
    ["returns one byte", "0x60015f5360015ff3"],
    ["reverts", "0x5f5ffd"],
  ] as const) {
    it(`reverts with P256PrecompileMissing where what is there ${what}`, async () => {
      const { ethers, provider, ...chain } = await network.create({
        override: { hardfork: "prague" },
      });
      await provider.request({ method: "hardhat_setCode", params: [PRECOMPILE, code] });
      const factory = await ethers.getContractFactory("EnclaveAuthorities");
      await expect(factory.deploy(false)).to.be.revertedWithCustomError(
        factory,
        "P256PrecompileMissing",
      );
      await chain.close();
    });
  }
});
