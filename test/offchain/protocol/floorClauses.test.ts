import type { Policy, Requirement } from "@vouch/protocol";
import {
  allOf,
  decodeAssurance,
  encodePolicy,
  findUndecided,
  isMetOnChain,
  parseBytes32,
  parseCircuitId,
  requireDecided,
  requireOptimistic,
  requireOptimisticByQuorum,
  requireQuorum,
  requireSignature,
  requireTee,
  requireZk,
  verifyReceipt,
} from "@vouch/protocol";
import { expect } from "chai";
import { id as hashText, ZeroHash } from "ethers";
import fc from "fast-check";
import { codeOf } from "../../helpers/codeOf.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { trapdoorReceipt } from "../../helpers/trapdoorReceipt.ts";
import { deployScenario } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const NOTHING = parseBytes32(ZeroHash);
const UNRELATED = parseBytes32(hashText("unrelated"));
const WAIT = requireOptimistic(60, requireZk("any"));

/** Verifies a receipt with a signature alone, of a release with this floor. */
const under = (floor: Policy) =>
  verifyReceipt(trapdoorReceipt({ release: { floor }, kinds: ["signature"] }));
const oneOf = (...anyOf: Requirement[]): Policy => ({ allOf: [{ anyOf }], minStake: 0n });

describe("verifyReceipt, of a release whose floor no receipt can show", () => {
  const undecided = {
    "a window that a proof decides": WAIT,
    "a window that a panel decides": requireOptimisticByQuorum(60, 2, 3),
    "a panel": requireQuorum(2, 3, 1),
  };
  for (const [name, requirement] of Object.entries(undecided)) {
    it(`leaves ${name} undecided, and says why`, () => {
      const {
        checks,
        notChecked,
        undecided: left,
      } = under(allOf([requireSignature(), requirement]));
      expect(left.map(({ clause }) => clause)).to.deep.equal([1]);
      expect(left[0]?.reason).to.include("on the chain alone");
      expect(notChecked[0])
        .to.include("clause 1")
        .and.to.include(left[0]?.reason ?? "nothing");
      expect(checks.map((it) => it.name)).to.not.include("floor");
      expect(codeOf(() => { requireDecided(left); })).to.equal("FLOOR_UNDECIDED"); // prettier-ignore
    });
  }

  it("takes an alternative that the receipt does show", () => {
    const { undecided: left } = under(oneOf(WAIT, requireSignature()));
    expect(left).to.deep.equal([]);
    expect(codeOf(() => { requireDecided(left); })).to.be.undefined; // prettier-ignore
  });

  it("leaves what evidence or a window would meet to the chain, and refuses what neither can", () => {
    expect(under(oneOf(requireZk("any"), WAIT)).undecided).to.have.length(1);
    const never = {
      signature: { ...requireSignature(), params: 1n },
      zk: requireZk("any"),
      tee: requireTee("UpToDate"),
      "a panel that is no majority": requireQuorum(1, 3),
      "a panel of too many": requireQuorum(9, 17),
      "a pinned panel": { ...requireQuorum(2, 3), pin: UNRELATED },
      "no window": requireOptimistic(0, requireZk("any")),
    };
    for (const [name, requirement] of Object.entries(never)) {
      expect(
        codeOf(() => under(allOf([requirement]))),
        name,
      ).to.equal("FLOOR_NOT_MET");
      expect(
        codeOf(() => under(allOf([WAIT, requirement]))),
        name,
      ).to.equal("FLOOR_NOT_MET");
    }
    expect(findUndecided(allOf([]), [], undefined)).to.deep.equal([]);
  });
});

describe("isMetOnChain", () => {
  it("decides windows and panels as the router does", async () => {
    const { router, releaseId, circuitId } = await networkHelpers.loadFixture(deployScenario);
    const circuit = parseCircuitId(circuitId);
    const pin = fc.constantFrom(NOTHING, UNRELATED, circuit);
    const small = fc.integer({ min: 0, max: 3 });
    const share = fc.constantFrom([1, 1], [2, 3], [3, 3], [0, 0], [1, 3], [9, 17]);
    const requirement: fc.Arbitrary<Requirement> = fc.oneof(
      fc.tuple(share, small).map(([[k = 0, n = 0], within]) => requireQuorum(k, n, within)),
      fc
        .tuple(
          small,
          share.filter(([, n]) => n !== 0), // else a proof decides, under a set-up that nobody attested
        )
        .map(([seconds, [k = 0, n = 0]]) => requireOptimisticByQuorum(seconds, k, n)),
      fc.tuple(small, fc.bigInt({ min: 1n, max: 4n }), pin).map(([seconds, trust, it]) => ({
        kind: "optimistic" as const,
        params: BigInt(seconds) | (trust << 40n),
        pin: it,
      })),
    );
    const assurance = fc.record({
      kinds: fc.constantFrom(6n, 6n, 6n, 2n, 4n, 1n), // quorum is 2, optimistic 4
      flags: fc.constantFrom(0n, 0n, 1n, 8n, 16n, 16n, 17n),
      quorumK: small.map(BigInt),
      quorumN: small.map(BigInt),
      minTcb: fc.constant(0n),
      tolerance: fc.constantFrom(0n, 1n),
      window: fc.constantFrom(0n, 2n, 3n),
      stakeAtRisk: fc.constant(0n),
    });
    const outcomes = { met: 0, unmet: 0 };
    await fc.assert(
      fc.asyncProperty(requirement, assurance, async (it, encoded) => {
        const clause = { anyOf: [it] };
        const policy = encodePolicy({ allOf: [clause], minStake: 0n });
        const isMet = await router.requireAssurance(policy, encoded, releaseId).then(
          () => true,
          () => false,
        );
        outcomes[isMet ? "met" : "unmet"]++;
        expect(isMetOnChain(clause, decodeAssurance(encoded), circuit)).to.equal(isMet);
      }),
      { seed: 8, numRuns: 400 },
    );
    expect(outcomes.met).to.be.greaterThan(15);
    expect(outcomes.unmet).to.be.greaterThan(15);
  }).timeout(60_000);
});
