import { expect } from "chai";
import fc from "fast-check";
import { priorityOf } from "../../../offchain/queue/priorityOf.ts";

/** Seconds since 1970, from 2026 to 2094. */
const time = fc.integer({ min: 1_767_225_600, max: 3_900_000_000 });

describe("priorityOf", () => {
  it("is an integer of 32 bits, for any deadline of a chain", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 - 1 }), fc.double({ noNaN: true }), (a, b) => {
        const priority = priorityOf(a, b);
        expect(priority).to.equal(Math.trunc(priority));
        expect(Math.abs(priority)).to.be.below(2 ** 31);
      }),
    );
  });

  it("is higher for the nearer deadline", () => {
    fc.assert(
      fc.property(time, time, (a, b) => {
        fc.pre(a < b);
        expect(priorityOf(a, 0)).to.be.above(priorityOf(b, 0));
      }),
    );
  });

  it("lets nothing that comes after a deadline overtake what has that deadline, whatever its own", () => {
    fc.assert(
      fc.property(time, time, time, (waiting, now, other) => {
        fc.pre(now > waiting);
        expect(priorityOf(other, now)).to.be.at.most(priorityOf(waiting, 0));
      }),
    );
  });
});
