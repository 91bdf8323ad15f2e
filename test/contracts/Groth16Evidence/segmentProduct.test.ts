import { bn254 } from "@noble/curves/bn254.js";
import { expect } from "chai";
import { id } from "ethers";
import type { SegmentedProof } from "../../../offchain/protocol/index.ts";
import { g1Point, g1Words } from "../../helpers/curvePoints.ts";
import { connection } from "../../helpers/deployVouch.ts";
import type { SegmentKeys } from "../../helpers/segmentScenario.ts";
import { proveSegments, publishSegments, segmentEvidence } from "../../helpers/segmentScenario.ts";
import { BASE_FIELD, g1 } from "../../helpers/trapdoorKey.ts";
import { GOOD, INPUT, deployScenario } from "../../helpers/vouchScenario.ts";
import type { Claim } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const { Point } = bn254.G1;
const COUNT = 4;

/** Keys that have no point of G2 in common, and keys of one phase 1, whose pairings are merged. */
const KEYS: readonly (readonly [string, SegmentKeys])[] = [
  ["of their own", { count: COUNT }],
  ["of one phase 1", { count: COUNT, phase1: "phase 1" }],
];

async function proven(of: SegmentKeys) {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { publisher, operator, router, domain, groth16 } = scenario;
  const weights = Array.from({ length: COUNT }, (_, i) => BigInt(i) + 111n);
  const joins = Array.from({ length: COUNT - 1 }, (_, i) => BigInt(i) + 777n);
  const own = await publishSegments(scenario, publisher, "product", { weights, of });
  const claim: Claim = {
    ...{ release: own.releaseId, request: id("request"), operator: operator.address },
    ...{ input: INPUT, output: GOOD },
  };
  const proof = proveSegments(domain, claim, own, joins);
  const assess = (changed: SegmentedProof) =>
    router.assess({ ...claim, evidence: [segmentEvidence(changed)] });
  const refusedAt = (changed: SegmentedProof, index: number) =>
    expect(assess(changed))
      .to.be.revertedWithCustomError(groth16, "SegmentProofInvalid")
      .withArgs(index);
  return { ...scenario, proof, assess, refusedAt };
}

/** Adds a point to C of a segment's proof. */
function shifted(proof: SegmentedProof, index: number, by: ReturnType<typeof Point.fromAffine>) {
  const { commitment, proof: words } = proof.proofs[index]!;
  const moved = g1Words(g1Point(words.slice(6)).add(by));
  return {
    ...proof,
    proofs: proof.proofs.with(index, { commitment, proof: [...words.slice(0, 6), ...moved] }),
  };
}

for (const [what, of] of KEYS) {
  describe(`Groth16Evidence.verify, of segments by one product, with keys ${what}`, () => {
    it("accepts honest proofs", async () => {
      const { proof, assess } = await proven(of);
      expect((await assess(proof)).kinds).to.equal(16n);
    });

    it("names each segment whose proof alone is false, and the first of several", async () => {
      const { proof, refusedAt } = await proven(of);
      for (let index = 0; index < COUNT; index++) {
        await refusedAt(shifted(proof, index, Point.BASE), index);
      }
      await refusedAt(shifted(shifted(proof, 3, Point.BASE), 1, Point.BASE), 1);
    });

    it("refuses errors of two segments that cancel where powers are one", async () => {
      const { proof, refusedAt } = await proven(of);
      const up = shifted(proof, 1, Point.BASE);
      await refusedAt(shifted(up, 2, Point.BASE.negate()), 1);
    });

    it("refuses the points of two segments exchanged, whole or C alone", async () => {
      const { proof, refusedAt } = await proven(of);
      const [, second, third] = proof.proofs as [unknown, ...SegmentedProof["proofs"]];
      const whole = proof.proofs.with(1, third!).with(2, second!);
      await refusedAt({ ...proof, proofs: whole }, 1);
      const withC = (one: typeof second, other: typeof second) => ({
        commitment: one!.commitment,
        proof: [...one!.proof.slice(0, 6), ...other!.proof.slice(6)],
      });
      const parts = proof.proofs.with(1, withC(second, third)).with(2, withC(third, second));
      await refusedAt({ ...proof, proofs: parts }, 1);
    });

    it("names a segment whose point is off the curve, or a word not canonical", async () => {
      const { proof, refusedAt, assess, groth16 } = await proven(of);
      const { commitment, proof: words } = proof.proofs[2]!;
      const change = (at: number, word: bigint): SegmentedProof => ({
        ...proof,
        proofs: proof.proofs.with(2, { commitment, proof: words.with(at, word) }),
      });
      for (const at of [0, 6]) await refusedAt(change(at, g1(3n)[0]), 2);
      await refusedAt(change(2, words[2]! + 1n), 2);
      for (let at = 0; at < 8; at++) {
        await expect(assess(change(at, words[at]! + BASE_FIELD))).to.be.revertedWithCustomError(
          groth16,
          "ProofCoordinateNotCanonical",
        );
      }
    });
  });
}
