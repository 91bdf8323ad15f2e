import type { Policy } from "@vouch/protocol";
import {
  allOf,
  connectContracts,
  encodePolicy,
  parseReleaseId,
  requireSignature,
  requireZk,
} from "@vouch/protocol";
import { fetchRelease, quotePolicy } from "@vouch/sdk";
import { expect } from "chai";
import { ZeroHash } from "ethers";
import { parseBranches } from "../../../offchain/hardhat/tasks/arguments.ts";
import { codeOf } from "../../helpers/codeOf.ts";
import { connection } from "../../helpers/deployVouch.ts";
import { deploymentRecord } from "../../helpers/deploymentRecord.ts";
import { byQuorum, optimistic } from "../../helpers/disputeScenario.ts";
import { quorumOf } from "../../helpers/quorumScenario.ts";
import * as contract from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;

async function application() {
  const scenario = await networkHelpers.loadFixture(contract.deployScenario);
  const { models, publisher, circuitId } = scenario;
  const floored = contract.release({
    publisher: publisher.address,
    circuit: circuitId,
    floor: contract.all(contract.zk()),
  });
  const id = parseReleaseId(await models.publish.staticCall(floored, ""));
  await models.publish(floored, "");
  const deployment = await deploymentRecord(scenario, ZeroHash);
  const contracts = connectContracts(deployment, scenario.requester);
  return { scenario, contracts, release: await fetchRelease(contracts, id, 0) };
}

describe("quotePolicy", () => {
  it("names each branch of floor and policy, for the words of the release's circuit", async () => {
    const { scenario, contracts, release } = await application();
    const policy = parseBranches("signature|quorum:1of2");
    const { clauses, floorClauses, cheapest } = await quotePolicy(contracts, { release, policy });
    expect(floorClauses).to.equal(1);
    expect(clauses.map((it) => it.map(({ possible }) => possible))).to.deep.equal([
      [true],
      [true, false],
    ]);
    expect(clauses.map((it) => it[0]?.requirement)).to.deep.equal([
      requireZk("any"),
      requireSignature(),
    ]);
    const chain = await scenario.quotes.cheapest(release.id, encodePolicy(policy), 1, 1);
    expect(cheapest).to.deep.equal({
      choices: [0, 0],
      gas: chain.gas,
      gasKnown: true,
      leastSeconds: 0,
      mostSeconds: 0,
    });
    const [[proof] = []] = clauses;
    if (proof?.possible !== true) throw new Error("a proof is possible");
    expect([proof.ofRelease, proof.ofAll]).to.deep.equal([undefined, undefined]);
  });

  it("has no plan where a clause has no possible alternative", async () => {
    const { contracts, release } = await application();
    const policy: Policy = allOf([
      requireSignature(),
      ...parseBranches("quorum:1of2").allOf[0]!.anyOf,
    ]); // one clause
    const { clauses, cheapest } = await quotePolicy(contracts, { release, policy });
    expect(clauses.at(-1)?.map(({ possible }) => possible)).to.deep.equal([false]);
    expect(cheapest).to.equal(undefined);
  });
});

describe("parseBranches", () => {
  for (const [text, requirement] of [
    ["signature", contract.signature],
    ["zk:any", contract.zk()],
    ["quorum:2of3", quorumOf(2n, 3n)],
    ["quorum:9of16~250", quorumOf(9n, 16n, 250n)],
    ["optimistic:3600:any", optimistic(3600n)],
    [`optimistic:60:pinned=${ZeroHash}`, optimistic(60n, contract.TRUST.pinned)],
    ["optimistic:86400:2of3", byQuorum(86_400n)],
  ] as const) {
    it(`reads ${text} as contracts do`, () => {
      expect(encodePolicy(parseBranches(text)).allOf[0]?.anyOf).to.deep.equal([
        { ...requirement, kind: Number(requirement.kind) },
      ]);
    });
  }

  for (const text of ["quorum", "quorum:2", "optimistic:60", "optimistic:any", "tee", ""]) {
    it(`refuses "${text}"`, () => {
      expect(codeOf(() => parseBranches(text))).to.equal("ARGUMENT_INVALID");
    });
  }
});
