import type { Hex } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import fc from "fast-check";
import { sharePaths, unsharePaths } from "../../../offchain/worker/sharedPaths.ts";

const sibling = fc.nat({ max: 20 }).map((number) => id(`sibling ${number}`) as Hex);

describe("sharePaths", () => {
  it("is inverted by unsharePaths, whatever paths have in common, and where one is empty", () => {
    fc.assert(
      fc.property(fc.array(fc.array(sibling, { maxLength: 8 }), { maxLength: 12 }), (paths) => {
        expect(unsharePaths(sharePaths(paths))).to.deep.equal(paths);
      }),
      { seed: 21, numRuns: 200 },
    );
  });

  it("carries each sibling once", () => {
    const [a, b, c] = ["a", "b", "c"].map((it) => id(it) as Hex) as [Hex, Hex, Hex];
    expect(sharePaths([[a, b], [c, b], [b]]).siblings).to.equal(`${a}${b}${c}`);
  });
});
