import { expect } from "chai";
import {
  coveringLimbs,
  exactLimbs,
  factorsOf,
  limbsBits,
  limbsCost,
} from "../../../offchain/compiler/emit/committed/limbs.ts";
import type { Limb } from "../../../offchain/compiler/emit/committed/limbs.ts";

/** Whether the checks of a limb take a value. */
function isTaken(limb: Limb, value: number): boolean {
  if (limb.table === undefined) return value === 0 || value === 1;
  const rows = 2 ** limb.table;
  return factorsOf(limb).every((factor) => value * Number(factor) < rows);
}

/** Every number that limbs admit, each limb tried beyond its width. */
function admitted(limbs: readonly Limb[]): ReadonlySet<number> {
  let numbers = [0];
  for (const limb of limbs) {
    const values = Array.from({ length: 2 ** (limb.bits + 2) }, (_, i) => i);
    const taken = values.filter((it) => isTaken(limb, it));
    numbers = numbers.flatMap((it) => taken.map((value) => it + value * 2 ** limb.position));
  }
  return new Set(numbers);
}

for (const tables of [[], [3], [4, 6]]) {
  describe(`limbs of tables of ${tables.join(" and ") || "no"} bits`, () => {
    for (const bits of [1, 2, 3, 5, 7, 9, 11]) {
      it(`admit the numbers of ${bits} bits and no others, or those and more`, () => {
        const exact = exactLimbs(bits, tables);
        const numbers = admitted(exact);
        expect(limbsBits(exact)).to.equal(bits);
        expect(numbers.size).to.equal(2 ** bits);
        expect(Math.max(...numbers)).to.equal(2 ** bits - 1);

        const covering = coveringLimbs(bits, tables);
        expect(limbsBits(covering)).to.be.at.least(bits);
        expect(limbsCost(covering)).to.be.at.most(limbsCost(exact));
        expect(limbsCost(exact)).to.be.at.most(bits);
      });
    }
  });
}

describe("exactLimbs", () => {
  it("takes one lookup for a table's width, and two for less", () => {
    expect(limbsCost(exactLimbs(10, [8, 10]))).to.equal(1);
    expect(limbsCost(exactLimbs(9, [8, 10]))).to.equal(2);
    expect(limbsCost(exactLimbs(18, [8, 10]))).to.equal(2);
    expect(limbsCost(coveringLimbs(17, [10]))).to.equal(2);
  });
});
