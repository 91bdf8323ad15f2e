import type { RequestId } from "@vouch/protocol";
import { encodeRecordedSegments, encodeSegmentRecord, parseAddress } from "@vouch/protocol";
import { fetchReceipt } from "@vouch/sdk";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { JOINS, proveSegments, publishSegments } from "../../helpers/segmentScenario.ts";
import { GOOD, ZK, all, deployScenario, zk } from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;

/** A request that is settled by segments recorded before, those at `through` by a contract. */
async function settled(through: readonly number[] = []) {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { publisher, operator, requests, groth16, domain, params, lock, claim } = scenario;
  const own = await publishSegments(scenario, publisher, "own");
  const terms = await params({ release: own.releaseId, policy: all(zk()) });
  const request = await lock(terms);
  const statement = claim(request, terms);
  const proof = proveSegments(domain, statement, own);
  const relay = await ethers.deployContract("HostileRequester");
  const record = async (index: number, by: typeof relay | undefined): Promise<void> => {
    const data = encodeSegmentRecord(proof, index);
    const receipt = { ...statement, evidence: [] };
    const call: [string, typeof receipt, number, string] = [domain.router, receipt, index, data];
    if (by === undefined) await groth16.record(...call);
    else await by.execute(groth16, groth16.interface.encodeFunctionData("record", call));
  };
  for (const index of own.keys.keys())
    await record(index, through.includes(index) ? relay : undefined);
  const evidence = [{ kind: ZK, data: encodeRecordedSegments({ joins: JOINS }) }];
  await requests.connect(operator).fulfil(request, terms, GOOD, evidence);
  const place = { chainId: domain.chainId, router: parseAddress(domain.router) };
  const fetch = () => fetchReceipt(scenario, place, request as RequestId, 0);
  return { proof, record, fetch };
}

describe("fetchReceipt, of segments that were recorded one by one", () => {
  it("finds their proofs, and they verify without a chain", async () => {
    const { proof, fetch } = await settled();
    const { receipt, verification } = await fetch();
    expect(receipt.evidence).to.deep.equal([{ kind: "zk", ...proof }]);
    expect(verification.assurance.kinds).to.deep.equal(["zk"]);
  });

  it("throws SEGMENT_NOT_FOUND for one that a contract recorded, until a transaction does", async () => {
    const { proof, record, fetch } = await settled([1]);
    expect(await codeOfPromise(fetch())).to.equal("SEGMENT_NOT_FOUND");
    await record(1, undefined);
    expect((await fetch()).receipt.evidence).to.deep.equal([{ kind: "zk", ...proof }]);
  });
});
