import { expect } from "chai";

/** Demands that two numbers differ by at most `tolerance`; Hardhat's matchers take over `closeTo` and know integers only. */
export function expectClose(actual: number | undefined, expected: number, tolerance: number): void {
  expect(Math.abs((actual ?? Number.NaN) - expected)).to.be.at.most(tolerance);
}
