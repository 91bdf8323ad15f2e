import { expect } from "chai";
import { getBytes } from "ethers";
import { ownRelease, provenReceipt } from "../../helpers/batchScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { deployScenario } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;
/** A verdict, and bits of one, as `contracts/types/Verdict.sol` has them. */
const REFUSED = 0x20;
const PROVEN = 0x80;

describe("Groth16Evidence.verifyMany", () => {
  for (const bad of [[], [0], [2], [1, 3], [0, 1, 2, 3]]) {
    it(`refuses ${bad.length === 0 ? "none" : bad.join(" and ")} of four and calls the others proven`, async () => {
      const world = await networkHelpers.loadFixture(deployScenario);
      const own = ownRelease(world);
      // A good proof, of another statement.
      const { evidence } = provenReceipt(world, own, 9);
      const receipts = Array.from({ length: 4 }, (_, i) => {
        const receipt = provenReceipt(world, own, i);
        return bad.includes(i) ? { ...receipt, evidence } : receipt;
      });
      const from = await world.router.getAddress();
      const verdicts = await world.groth16.connect(ethers.provider).verifyMany(receipts, { from });
      const kinds = [...getBytes(verdicts)].map((it) => (it === REFUSED ? it : it & PROVEN));
      expect(kinds).to.deep.equal(receipts.map((_, i) => (bad.includes(i) ? REFUSED : PROVEN)));
    });
  }
});
