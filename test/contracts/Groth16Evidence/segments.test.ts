import { bn254 } from "@noble/curves/bn254.js";
import { expect } from "chai";
import { id } from "ethers";
import type { Hex, SegmentedProof } from "../../../offchain/protocol/index.ts";
import { segmentDigest, segmentedWeights } from "../../../offchain/protocol/index.ts";
import { connection } from "../../helpers/deployVouch.ts";
import {
  JOINS,
  WEIGHTS,
  proveSegments,
  publishSegments,
  segmentEvidence,
} from "../../helpers/segmentScenario.ts";
import type { Segmented } from "../../helpers/segmentScenario.ts";
import { SCALAR_FIELD } from "../../helpers/trapdoorKey.ts";
import {
  BAD,
  GOOD,
  INPUT,
  TRUST,
  all,
  deployScenario,
  digestOf,
  prove,
  release,
  signalsOf,
  zk,
} from "../../helpers/vouchScenario.ts";
import type { Claim } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const { Fr } = bn254.fields;

async function segmented() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { publisher, operator, router, domain } = scenario;
  const own = await publishSegments(scenario, publisher, "own");
  const claim: Claim = {
    release: own.releaseId,
    request: id("request"),
    operator: operator.address,
    input: INPUT,
    output: GOOD,
  };
  const assess = (proof: SegmentedProof, change: Partial<Claim> = {}) =>
    router.assess({ ...claim, ...change, evidence: [segmentEvidence(proof)] });
  const proven = (of: Partial<Claim> = {}, by: Segmented = own, joins = JOINS): SegmentedProof =>
    proveSegments(domain, { ...claim, ...of }, by, joins);
  return { ...scenario, own, claim, assess, proven };
}

describe("Groth16Evidence.verify, of a release in segments", () => {
  it("accepts one proof of each segment as zk evidence, and says whose set-up it is", async () => {
    const { assess, proven } = await segmented();
    const { kinds, flags } = await assess(proven());
    expect([kinds, flags]).to.deep.equal([16n, 3n]);
  });

  it("accepts it under a policy that pins the list", async () => {
    const { router, claim, proven, own, releaseId } = await segmented();
    const receipt = { ...claim, evidence: [segmentEvidence(proven())] };
    await router.requireReceipt(receipt, all(zk(TRUST.any, own.listId)));
    await router.requireAskable(own.releaseId, claim.input, all(zk(TRUST.any, own.listId)));
    await expect(
      router.requireAskable(releaseId, claim.input, all(zk(TRUST.any, own.listId))),
    ).to.be.revertedWithCustomError(router, "PolicyUnsatisfiable");
  });

  it("accepts segments whose weights are public without commitments to them", async () => {
    const scenario = await segmented();
    const { publisher, proven, assess } = scenario;
    const options = { change: { weights: 1n }, weights: [] };
    const open = await publishSegments(scenario, publisher, "open", options);
    const change = { release: open.releaseId };
    const { kinds } = await assess(proven(change, open), change);
    expect(kinds).to.equal(16n);
  });

  const elsewhere: [string, Partial<Claim>][] = [
    ["input", { input: INPUT.map((it) => it + 1n) }],
    ["output", { output: BAD }],
    ["request, its joins reused", { request: id("other") }],
    ["operator", { operator: `0x${"11".repeat(20)}` }],
  ];
  for (const [what, change] of elsewhere) {
    it(`refuses proofs of another ${what}`, async () => {
      const { assess, proven, groth16 } = await segmented();
      await expect(assess(proven(change)))
        .to.be.revertedWithCustomError(groth16, "SegmentProofInvalid")
        .withArgs(0n);
    });
  }

  for (const index of [0, 1, 2]) {
    it(`refuses the proof of segment ${index} for another request among honest ones`, async () => {
      const { assess, proven, groth16 } = await segmented();
      const [honest, other] = [proven(), proven({ request: id("other") })];
      const proofs = honest.proofs.with(index, other.proofs[index]!);
      await expect(assess({ ...honest, proofs }))
        .to.be.revertedWithCustomError(groth16, "SegmentProofInvalid")
        .withArgs(index);
    });
  }

  describe("when segments are not in their places", () => {
    it("refuses them swapped, with their weights or without", async () => {
      const { assess, proven, groth16 } = await segmented();
      const honest = proven();
      const [a, b, c] = honest.proofs as [
        SegmentedProof["proofs"][number],
        SegmentedProof["proofs"][number],
        SegmentedProof["proofs"][number],
      ];
      for (const [proofs, at] of [
        [[b, a, c], 0n],
        [[a, c, b], 1n],
        [[a, b, b], 2n],
      ] as const) {
        await expect(assess({ ...honest, proofs }))
          .to.be.revertedWithCustomError(groth16, "SegmentProofInvalid")
          .withArgs(at);
      }
      const weights = WEIGHTS.toReversed();
      await expect(assess({ ...honest, weights })).to.be.revertedWithCustomError(
        groth16,
        "SegmentWeightsMismatch",
      );
    });

    it("refuses one circuit's proof in the place of the same circuit further on", async () => {
      const scenario = await segmented();
      const { circuits, models, publisher, own, assess, groth16, domain, claim } = scenario;
      const [first = "", middle = "", last = ""] = own.circuitIds;
      const ids = [first, middle, middle, last];
      const listId = await circuits.registerSegments.staticCall(ids);
      await circuits.registerSegments(ids);
      const weights = [111n, 222n, 222n, 333n];
      const keys = [own.keys[0]!, own.keys[1]!, own.keys[1]!, own.keys[2]!];
      const twice = release({
        publisher: publisher.address,
        circuit: listId,
        weights: segmentedWeights(weights),
      });
      const releaseId = await models.publish.staticCall(twice, "");
      await models.publish(twice, "");
      // All joins alike: the two places differ in their index only.
      const honest = proveSegments(domain, { ...claim, release: releaseId }, { keys, weights }, [
        ...[777n, 777n, 777n],
      ]);
      expect((await assess(honest, { release: releaseId })).kinds).to.equal(16n);
      const proofs = honest.proofs.with(2, honest.proofs[1]!);
      await expect(assess({ ...honest, proofs }, { release: releaseId }))
        .to.be.revertedWithCustomError(groth16, "SegmentProofInvalid")
        .withArgs(2n);
    });
  });

  describe("when a segment is another release's", () => {
    it("refuses it", async () => {
      const scenario = await segmented();
      const { publisher, assess, proven, groth16 } = scenario;
      const twin = await publishSegments(scenario, publisher, "twin");
      const [honest, foreign] = [proven(), proven({ release: twin.releaseId }, twin)];
      for (const index of [0, 1, 2]) {
        const proofs = honest.proofs.with(index, foreign.proofs[index]!);
        await expect(assess({ ...honest, proofs }))
          .to.be.revertedWithCustomError(groth16, "SegmentProofInvalid")
          .withArgs(index);
        // Bound to this very statement, but under the key of the other list's circuit.
        const keys = [...proven({}, twin).proofs];
        await expect(assess({ ...honest, proofs: honest.proofs.with(index, keys[index]!) }))
          .to.be.revertedWithCustomError(groth16, "SegmentProofInvalid")
          .withArgs(index);
      }
    });

    it("refuses its weights, in one segment or in all", async () => {
      const { assess, proven, groth16, own } = await segmented();
      for (const index of [0, 1, 2]) {
        const weights = WEIGHTS.with(index, 999n);
        const proof = proven({}, { ...own, weights });
        await expect(assess(proof)).to.be.revertedWithCustomError(
          groth16,
          "SegmentWeightsMismatch",
        );
        await expect(assess({ ...proof, weights: WEIGHTS }))
          .to.be.revertedWithCustomError(groth16, "SegmentProofInvalid")
          .withArgs(index);
      }
    });
  });

  describe("when a join is not the same on both sides", () => {
    it("refuses the segment that takes in others, and the one that gives out others", async () => {
      const { assess, proven, groth16 } = await segmented();
      const honest = proven();
      const apart = proven({}, undefined, [JOINS[0]!, 999n]);
      for (const index of [0, 1, 2]) {
        const proofs = honest.proofs.with(index, apart.proofs[index]!);
        await expect(assess({ ...honest, proofs }))
          .to.be.revertedWithCustomError(groth16, "SegmentProofInvalid")
          .withArgs(index);
      }
      await expect(assess({ ...honest, joins: apart.joins })).to.be.revertedWithCustomError(
        groth16,
        "SegmentProofInvalid",
      );
    });

    it("refuses a join that was solved from the equation after the challenge was drawn", async () => {
      const { assess, proven, groth16, domain, claim, own } = await segmented();
      // The last segment on weights of the forger's choice: W' + J·z + y·z² = W + J'·z + y·z², solved for J'.
      const digest = digestOf(domain, claim) as Hex;
      const place = { index: 2, count: 3, joins: JOINS };
      const words = { ...claim, input: [JOINS[1]!], output: GOOD };
      const signals = signalsOf(segmentDigest(digest, place), words, { weights: 999n });
      const [commitment, z] = signals;
      const join = Fr.add(JOINS[1]!, Fr.div(Fr.sub(999n, WEIGHTS[2]!), z));
      const rebuilt = signalsOf(
        segmentDigest(digest, place),
        { ...words, input: [join] },
        { weights: WEIGHTS[2]! },
      );
      expect(rebuilt, "the equation holds").to.deep.equal(signals);

      const forged = { commitment, proof: own.keys[2]!.prove(signals) };
      const joins = [JOINS[0]!, join];
      const fitting = proven({}, undefined, joins);
      await expect(assess({ ...fitting, proofs: fitting.proofs.with(2, forged) }))
        .to.be.revertedWithCustomError(groth16, "SegmentProofInvalid")
        .withArgs(2n);
    });

    it("refuses a join that is not canonical", async () => {
      const { assess, proven, groth16 } = await segmented();
      const joins = [JOINS[0]! + SCALAR_FIELD, JOINS[1]!];
      await expect(assess(proven({}, undefined, joins))).to.be.revertedWithCustomError(
        groth16,
        "WordNotCanonical",
      );
    });
  });

  describe("when the data is of another length", () => {
    it("refuses a missing segment, a missing join and a word too many", async () => {
      const { assess, proven, groth16 } = await segmented();
      const { weights, joins, proofs } = proven();
      for (const wrong of [
        { weights, joins, proofs: proofs.slice(0, 2) },
        { weights: weights.slice(1), joins, proofs },
        { weights, joins: joins.slice(1), proofs },
        { weights, joins: [...joins, 1n], proofs },
      ]) {
        await expect(assess(wrong)).to.be.revertedWithCustomError(groth16, "ProofLengthInvalid");
      }
    });

    it("refuses one proof of one circuit", async () => {
      const { router, claim, domain, circuits } = await segmented();
      const evidence = [prove(domain, claim)];
      await expect(router.assess({ ...claim, evidence })).to.be.revertedWithCustomError(
        circuits,
        "CircuitNotRegistered",
      );
    });

    it("refuses segments for a release of one circuit", async () => {
      const { assess, proven, groth16, releaseId } = await segmented();
      const change = { release: releaseId };
      await expect(assess(proven(change), change)).to.be.revertedWithCustomError(
        groth16,
        "ProofLengthInvalid",
      );
    });
  });

  it("refuses weights commitments that are no field elements", async () => {
    const scenario = await segmented();
    const { publisher, proven, assess, groth16 } = scenario;
    const weights = WEIGHTS.with(1, WEIGHTS[1]! + SCALAR_FIELD);
    const odd = await publishSegments(scenario, publisher, "odd", { weights });
    const change = { release: odd.releaseId };
    await expect(assess(proven(change, odd), change))
      .to.be.revertedWithCustomError(groth16, "SegmentWeightsNotCanonical")
      .withArgs(1n, weights[1]);
  });
});
