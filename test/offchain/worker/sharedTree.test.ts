import type { Hex } from "@vouch/protocol";
import { statementTree } from "@vouch/protocol";
import { expect } from "chai";
import { id } from "ethers";
import { shareTree, unshareTree } from "../../../offchain/worker/sharedTree.ts";

const leaf = (index: number) => ({
  digest: id(`digest ${index}`) as Hex,
  salt: id(`salt ${index}`) as Hex,
});

describe("shareTree", () => {
  it("is inverted by unshareTree, whatever the width", () => {
    for (let count = 1; count <= 70; count++) {
      const tree = statementTree(Array.from({ length: count }, (_, index) => leaf(index)));
      expect(unshareTree(shareTree(tree)), String(count)).to.deep.equal(tree);
    }
  });
});
