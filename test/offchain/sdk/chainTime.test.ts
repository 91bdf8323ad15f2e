import { chainTime } from "@vouch/sdk";
import { expect } from "chai";
import type { Block } from "ethers";

const chainOf = (block: Partial<Block> | null) => ({
  getBlock: () => Promise.resolve(block as Block | null),
});

describe("chainTime", () => {
  it("is the time of the latest block where the chain is ahead of this machine", async () => {
    const ahead = Math.floor(Date.now() / 1000) + 5000;
    expect(await chainTime(chainOf({ timestamp: ahead }))).to.equal(ahead);
  });

  for (const [chain, block] of [
    ["has had no block for long", { timestamp: 1_700_000_000 }],
    ["has no block", null],
  ] as const) {
    it(`is this machine's where the chain ${chain}`, async () => {
      const before = Math.floor(Date.now() / 1000);
      expect(await chainTime(chainOf(block))).to.be.within(before, before + 5);
    });
  }
});
