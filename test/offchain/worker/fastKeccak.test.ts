import type { Hex } from "@vouch/protocol";
import { hashOfHex, useKeccak } from "@vouch/protocol";
import { useFastKeccak } from "@vouch/worker";
import { expect } from "chai";
import { hexlify, keccak256 } from "ethers";
import fc from "fast-check";

describe("useFastKeccak", () => {
  it("changes no hash, of whatever length", async () => {
    const slow = keccak256._;
    await useFastKeccak();
    try {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
          const hash = hexlify(slow(bytes));
          expect(keccak256(bytes)).to.equal(hash);
          expect(hashOfHex([hexlify(bytes) as Hex])).to.equal(hash);
        }),
        { seed: 3, numRuns: 300 },
      );
    } finally {
      keccak256.register(slow);
      useKeccak((bytes) => hexlify(slow(bytes)) as Hex);
    }
  });
});
