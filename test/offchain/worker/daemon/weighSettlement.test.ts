import type { Hex, RequestId, RequestParams } from "@vouch/protocol";
import { encodeBatchEvidence, packWords, parseRequestId } from "@vouch/protocol";
import type { ServedRelease, SettlementWeight } from "@vouch/worker";
import { loadedReleases, memoryAnswers, weighSettlement } from "@vouch/worker";
import { expect } from "chai";
import { id } from "ethers";
import { batchedModel } from "../../../helpers/batchedModel.ts";
import { committedFamily } from "../../../helpers/batchReceipts.ts";

const PLAN = { evidence: ["zk" as const], judge: undefined };
const REQUEST: RequestId = parseRequestId(id("weighed"));

describe("weighSettlement", () => {
  let served: ServedRelease;

  before(async () => {
    ({ served } = await batchedModel());
  });

  async function weigh(of: ServedRelease, evidence?: Hex): Promise<SettlementWeight> {
    const answers = memoryAnswers();
    await answers.put(REQUEST, [1n]);
    if (evidence !== undefined) await answers.putEvidence(REQUEST, "zk", evidence);
    const input = packWords([1n, 2n, 3n, 4n], served.compiled.input);
    const params = { release: of.id, input, callbackGas: 0 } as unknown as RequestParams; // all that weighs
    const releases = loadedReleases(new Map([[of.id, of]]));
    return weighSettlement({ id: REQUEST, params, plan: PLAN }, { releases, answers });
  }

  const placeOf = (count: number): Hex =>
    encodeBatchEvidence({
      place: 0,
      digests: Array.from({ length: count }, (_, index) => id(`digest ${index}`) as Hex),
    });

  it("takes a place in a recorded batch for less than a proof, and for more the more digests it names", async () => {
    const proof = await weigh(served, `0x${"00".repeat(9 * 32)}`);
    const [few, many] = [await weigh(served, placeOf(2)), await weigh(served, placeOf(128))];
    expect(few.singleGas < proof.singleGas).to.equal(true);
    expect(many.singleGas - few.singleGas).to.equal(126n * 862n);
    expect(many.batchedGas - few.batchedGas).to.equal(126n * 862n);
    expect(many.bytes - few.bytes).to.equal(126 * 32);
    expect([few.shared, proof.shared?.key]).to.deep.equal([undefined, served.release.circuit]);
  });

  it("charges a commit-and-prove proof less among others than alone", async () => {
    const committed = { ...served, circuit: committedFamily().circuit };
    const [plain, other] = [await weigh(served), await weigh(committed)];
    expect(other.singleGas - plain.singleGas).to.equal(63_000n);
    expect(other.batchedGas - plain.batchedGas).to.equal(20_000n);
  });
});
