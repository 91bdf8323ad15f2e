import { expect } from "chai";
import { id } from "ethers";
import type { SegmentedProof } from "../../../offchain/protocol/index.ts";
import {
  encodeRecordedSegments,
  encodeSegmentRecord,
  segmentedWeights,
} from "../../../offchain/protocol/index.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { JOINS, proveSegments, publishSegments } from "../../helpers/segmentScenario.ts";
import {
  BAD,
  GOOD,
  INPUT,
  ZK,
  all,
  deployScenario,
  digestOf,
  release,
  zk,
} from "../../helpers/vouchScenario.ts";
import type { Claim } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const ALL = [0, 1, 2];

async function segmented() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { publisher, operator, groth16, router, domain } = scenario;
  const own = await publishSegments(scenario, publisher, "own");
  const claim: Claim = {
    ...{ release: own.releaseId, request: id("request"), operator: operator.address },
    ...{ input: INPUT, output: GOOD },
  };
  const proof = proveSegments(domain, claim, own);
  const record = (index: number, of: SegmentedProof = proof, change: Partial<Claim> = {}) =>
    groth16.record(
      domain.router,
      { ...claim, ...change, evidence: [] },
      index,
      encodeSegmentRecord(of, index),
    );
  /** Of what was recorded with these joins. */
  const receiptOf = (joins: readonly bigint[] = JOINS, change: Partial<Claim> = {}) => ({
    ...{ ...claim, ...change },
    evidence: [{ kind: ZK, data: encodeRecordedSegments({ joins }) }],
  });
  const assess = (joins?: readonly bigint[], change?: Partial<Claim>) =>
    router.assess(receiptOf(joins, change));
  return { ...scenario, own, claim, proof, record, receiptOf, assess };
}

describe("Groth16Evidence.record", () => {
  it("lets a statement be proven one segment a transaction, in any order and by anyone", async () => {
    const { groth16, domain, claim, proof, stranger, assess, router, receiptOf } =
      await segmented();
    const digest = digestOf(domain, claim);
    for (const index of [2, 0, 1]) {
      await expect(assess()).to.be.revertedWithCustomError(groth16, "SegmentNotRecorded");
      const receipt = { ...claim, evidence: [] };
      const data = encodeSegmentRecord(proof, index);
      await expect(groth16.connect(stranger).record(domain.router, receipt, index, data))
        .to.emit(groth16, "SegmentRecorded")
        .withArgs(digest, encodeRecordedSegments(proof), index);
    }
    const { kinds, flags } = await assess();
    expect([kinds, flags]).to.deep.equal([16n, 3n]);
    await router.requireReceipt(receiptOf(), all(zk()));
  });

  it("counts for segments whose weights are public, too", async () => {
    const scenario = await segmented();
    const { publisher, claim, domain, record, assess } = scenario;
    const options = { change: { weights: 1n }, weights: [] };
    const open = await publishSegments(scenario, publisher, "open", options);
    const change = { release: open.releaseId };
    const proof = proveSegments(domain, { ...claim, ...change }, open);
    for (const index of ALL) await record(index, proof, change);
    expect((await assess(JOINS, change)).kinds).to.equal(16n);
  });

  for (const missing of ALL) {
    it(`reverts with SegmentNotRecorded where segment ${missing} is missing`, async () => {
      const { groth16, record, assess } = await segmented();
      for (const index of ALL.filter((it) => it !== missing)) await record(index);
      await expect(assess())
        .to.be.revertedWithCustomError(groth16, "SegmentNotRecorded")
        .withArgs(missing);
    });
  }

  const elsewhere: [string, Partial<Claim>][] = [
    ["input", { input: INPUT.map((it) => it + 1n) }],
    ["output", { output: BAD }],
    ["request", { request: id("other") }],
    ["operator", { operator: `0x${"11".repeat(20)}` }],
  ];
  for (const [what, change] of elsewhere) {
    it(`is no record for another ${what}, nor takes its proof`, async () => {
      const { groth16, record, assess, proof } = await segmented();
      for (const index of ALL) await record(index);
      await expect(assess(JOINS, change)).to.be.revertedWithCustomError(
        groth16,
        "SegmentNotRecorded",
      );
      for (const index of ALL) {
        await expect(record(index, proof, change))
          .to.be.revertedWithCustomError(groth16, "SegmentProofInvalid")
          .withArgs(index);
      }
    });
  }

  it("is no record for another release with the same circuits and weights", async () => {
    const { groth16, models, publisher, own, record, assess } = await segmented();
    const twin = release({
      publisher: publisher.address,
      circuit: own.listId,
      weights: segmentedWeights(own.weights),
      version: "twin",
    });
    const twinId = await models.publish.staticCall(twin, "");
    await models.publish(twin, "");
    for (const index of ALL) await record(index);
    await expect(assess(JOINS, { release: twinId })).to.be.revertedWithCustomError(
      groth16,
      "SegmentNotRecorded",
    );
  });

  it("is no record for another router", async () => {
    const { groth16, domain, claim, own, assess } = await segmented();
    const router = `0x${"22".repeat(20)}`;
    const elsewhere = proveSegments({ ...domain, router }, claim, own);
    for (const index of ALL) {
      const data = encodeSegmentRecord(elsewhere, index);
      await groth16.record(router, { ...claim, evidence: [] }, index, data);
    }
    await expect(assess()).to.be.revertedWithCustomError(groth16, "SegmentNotRecorded");
  });

  it("does not put together segments of two runs with other joins", async () => {
    const { groth16, domain, claim, own, record, assess } = await segmented();
    const joins = [JOINS[0]!, 999n];
    const other = proveSegments(domain, claim, own, joins);
    await record(0);
    await record(1, other);
    await record(2, other);
    for (const [list, missing] of [
      [JOINS, 1n],
      [joins, 0n],
    ] as const) {
      await expect(assess(list))
        .to.be.revertedWithCustomError(groth16, "SegmentNotRecorded")
        .withArgs(missing);
    }
  });

  it("refuses the proof of another place, a place that is none, and weights not the release's", async () => {
    const { groth16, domain, claim, proof, record, releaseId } = await segmented();
    const receipt = { ...claim, evidence: [] };
    await expect(groth16.record(domain.router, receipt, 1, encodeSegmentRecord(proof, 0)))
      .to.be.revertedWithCustomError(groth16, "SegmentProofInvalid")
      .withArgs(1n);
    await expect(groth16.record(domain.router, receipt, 3, encodeSegmentRecord(proof, 0)))
      .to.be.revertedWithCustomError(groth16, "SegmentUnknown")
      .withArgs(3n, 3n);
    const whole = { ...receipt, release: releaseId };
    await expect(groth16.record(domain.router, whole, 0, encodeSegmentRecord(proof, 0)))
      .to.be.revertedWithCustomError(groth16, "SegmentUnknown")
      .withArgs(0n, 0n);
    await expect(
      record(0, { ...proof, weights: proof.weights.with(2, 1n) }),
    ).to.be.revertedWithCustomError(groth16, "SegmentWeightsMismatch");
    await expect(record(0, { ...proof, proofs: [] })).to.be.revertedWithCustomError(
      groth16,
      "ProofLengthInvalid",
    );
  });
});
