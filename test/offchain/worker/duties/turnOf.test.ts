import type { Hex } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import fc from "fast-check";
import { turnByLot, turnBySeat } from "../../../../offchain/worker/duties/turnOf.ts";

const ROUND = id("round") as Hex;
const OPERATOR: Hex = `0x${"bb".repeat(20)}`;

describe("turns", () => {
  it("are one for each seat, so many seconds apart, the first at once", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 16 }), fc.nat(), (seats, seed) => {
        const round = id(String(seed)) as Hex;
        const turns = Array.from({ length: seats }, (_, seat) =>
          turnBySeat(round, seat, seats, 100, 15),
        ).sort((a, b) => a - b);
        expect(turns).to.deep.equal(Array.from({ length: seats }, (_, i) => 100 + 15 * i));
      }),
      { seed: 62, numRuns: 100 },
    );
  });

  it("by lot are within the slots, and the same each time", () => {
    const turn = turnByLot(ROUND, OPERATOR, 16, 100, 15);
    expect(turn).to.equal(turnByLot(ROUND, OPERATOR, 16, 100, 15));
    expect((turn - 100) % 15).to.equal(0);
    expect(turn).to.be.within(100, 100 + 15 * 15);
  });
});
