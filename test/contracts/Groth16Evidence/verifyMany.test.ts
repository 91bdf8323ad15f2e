import { expect } from "chai";
import { getBytes, id } from "ethers";
import { ownRelease, provenReceipt } from "../../helpers/batchScenario.ts";
import { connection } from "../../helpers/deployVouch.ts";
import {
  bare,
  batchEvidence,
  claimsOf,
  digestsOf,
  proveBatch,
  publishFamily,
} from "../../helpers/familyScenario.ts";
import { deployScenario, prove, sign } from "../../helpers/vouchScenario.ts";

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

  describe("given receipts whose evidence is a place in a batch of inferences", () => {
    async function recorded() {
      const world = await networkHelpers.loadFixture(deployScenario);
      const { groth16, domain, router } = world;
      const own = await publishFamily(world, "own");
      const claims = claimsOf(world, own, 4);
      const digests = digestsOf(domain, claims);
      await groth16.recordBatch(domain.router, bare(claims), proveBatch(domain, claims, own));
      const receipts = claims.map((it, place) => ({
        ...it,
        evidence: [batchEvidence(place, digests)],
      }));
      const assess = async (list: typeof receipts) => {
        const [assurances, verified] = await router.assessMany(list);
        return { verified: [...verified], kinds: assurances.map(({ kinds }) => kinds) };
      };
      return { ...world, own, claims, digests, receipts, assess };
    }

    it("calls them proven, beside proofs of one inference, of which one is bad", async () => {
      const world = await recorded();
      const { own, receipts, claims, domain, assess } = world;
      const single = { ...claims[1]!, evidence: [prove(domain, claims[1]!, own.keys.get(1))] };
      const other = provenReceipt(world, ownRelease(world), 7);
      const bad = { ...provenReceipt(world, ownRelease(world), 8), evidence: other.evidence };
      const { verified, kinds } = await assess([receipts[0]!, bad, receipts[2]!, single, other]);
      expect(verified).to.deep.equal([true, false, true, true, true]);
      expect(kinds).to.deep.equal([16n, 0n, 16n, 16n, 16n]);
    });

    it("says of each what `assess` says", async () => {
      const { receipts, claims, digests, assess, router, operator, domain, groth16 } =
        await recorded();
      const [first] = receipts as [(typeof receipts)[0]];
      const signed = await sign(operator, domain, claims[0]!);
      const both = { ...first, evidence: [first.evidence[0]!, signed] };
      const odd = [
        { ...first, request: id("other") },
        { ...first, evidence: [batchEvidence(1, digests)] },
        { ...first, evidence: [batchEvidence(0, digests.slice(0, 2))] },
      ];
      const { verified, kinds } = await assess([both, ...odd]);
      expect(verified).to.deep.equal([true, false, false, false]);
      expect(kinds[0]).to.equal(17n);
      expect((await router.assess(both)).kinds).to.equal(17n);
      for (const [i, error] of [
        "BatchPlaceMismatch",
        "BatchPlaceMismatch",
        "BatchNotRecorded",
      ].entries()) {
        await expect(router.assess(odd[i]!)).to.be.revertedWithCustomError(groth16, error);
      }
    });
  });
});
