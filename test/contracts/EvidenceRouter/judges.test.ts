import { expect } from "chai";
import { ZeroHash, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { DAY, byQuorum } from "../../helpers/disputeScenario.ts";
import type { Params, Policy, Requirement } from "../../helpers/vouchScenario.ts";
import {
  ETHER,
  GOOD,
  INPUT,
  all,
  deployScenario,
  prove,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";

const { ethers, networkHelpers } = connection;

const panel = (k: bigint, n: bigint): Requirement => ({
  kind: 1n,
  params: k | (n << 8n),
  pin: ZeroHash,
});

async function deployed() {
  const scenario = await deployScenario();
  const { models, circuits, signatures, operator, releaseId, params } = scenario;
  const panels = await ethers.deployContract("PanelEvidenceMock");
  const router = await ethers.deployContract("EvidenceRouter", [
    models,
    circuits,
    [signatures, panels],
  ]);
  /** What the router says of an answer that `k` of a panel of `n` agreed on. */
  const assess = async (policy: Policy, k: number, n: number) => {
    const terms: Params = await params({ policy });
    const evidence = [{ kind: 1n, data: ethers.hexlify(new Uint8Array([k, n])) }];
    return router.assessFulfilment(operator, ETHER, id("request"), terms, GOOD, evidence);
  };
  return { ...scenario, router, assess, releaseId };
}

/** A panel that gave evidence and one that would judge are kept in the same two numbers. */
describe("EvidenceRouter, a panel's evidence beside a panel that judges", () => {
  it("stores no greater share than the evidence has", async () => {
    const { router, releaseId, assess } = await networkHelpers.loadFixture(deployed);
    const policy = all(panel(3n, 5n), byQuorum(DAY, 2n, 3n));
    const strict = all(byQuorum(DAY, 3n, 3n), panel(3n, 5n));
    await expect(assess(strict, 4, 5)).to.be.revertedWithCustomError(router, "PolicyNotMet");
    const { assurance } = await assess(strict, 5, 5);
    expect([assurance.quorumK, assurance.quorumN]).to.deep.equal([3n, 3n]);
    await expect(assess(policy, 5, 5)).to.be.revertedWithCustomError(router, "PolicyNotMet");
    expect(releaseId).to.be.a("string");
  });

  it("refuses four of seven where three of three are demanded as evidence", async () => {
    const { router, assess } = await networkHelpers.loadFixture(deployed);
    const policy = all(panel(3n, 3n), byQuorum(DAY, 3n, 3n));
    await expect(assess(policy, 4, 7)).to.be.revertedWithCustomError(router, "PolicyNotMet");
  });

  it("lets no panel of three of five judge where three of three are demanded", async () => {
    const { router, assess } = await networkHelpers.loadFixture(deployed);
    const policy = all(panel(2n, 3n), byQuorum(DAY, 3n, 3n), byQuorum(2n * DAY, 3n, 5n));
    await expect(assess(policy, 3, 3)).to.be.revertedWithCustomError(router, "PolicyNotMet");
  });
});

describe("EvidenceRouter.assessManyFor", () => {
  it("accepts what assessFulfilment would, and nothing for less stake than is demanded", async () => {
    const scenario = await networkHelpers.loadFixture(deployScenario);
    const { router, domain, operator, releaseId } = scenario;
    const receiptOf = (name: string) => {
      const claim = {
        ...{ release: releaseId, request: id(name), operator: operator.address },
        ...{ input: INPUT, output: GOOD },
      };
      return { ...claim, evidence: [prove(domain, claim)] };
    };
    const policy: Policy = { ...all(zk()), minStake: ETHER };
    const [answers, accepted] = await router.assessManyFor(
      [receiptOf("enough"), receiptOf("too little"), receiptOf("another kind")],
      [policy, policy, all(signature)],
      [ETHER, ETHER - 1n, ETHER],
    );
    expect(accepted).to.deep.equal([true, false, false]);
    expect(answers[0]!.assurance.stakeAtRisk).to.equal(ETHER);
    expect([answers[0]!.window, answers[0]!.royaltyBps]).to.deep.equal([0n, 500n]);
  });
});
