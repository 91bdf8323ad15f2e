import { expect } from "chai";
import { zeroPadValue } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { DAY, byQuorum, deployDisputes, optimistic } from "../../helpers/disputeScenario.ts";
import {
  GOOD,
  TRUST,
  all,
  deployScenario,
  escrowOf,
  prove,
  release,
  sign,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;

describe("InferenceRequests.freeStake", () => {
  it("waits out the liability period, a proof beside the signature notwithstanding", async () => {
    const scenario = await networkHelpers.loadFixture(deployScenario);
    const { requests, vault, operator, domain, params, lock, claim } = scenario;
    const terms = await params({ policy: all(signature) });
    const request = await lock(terms);
    const statement = claim(request, terms);
    const evidence = [await sign(operator, domain, statement), prove(domain, statement)];
    await requests.fulfil(request, terms, GOOD, evidence);
    const freeAt = (await requests.resultOf(request)).movedAt + (await requests.LIABILITY_PERIOD());
    await expect(requests.freeStake([request]))
      .to.be.revertedWithCustomError(requests, "StakeNotFree")
      .withArgs(request, freeAt);
    await networkHelpers.time.setNextBlockTimestamp(freeAt);
    await requests.freeStake([request]);
    expect((await vault.liabilityOf(operator, requests, request)).own).to.equal(0n);
  });
});

describe("InferenceRequests.request, of an answer that may be challenged", () => {
  it("demands a bond also where the judge's set-up is still to be attested", async () => {
    const scenario = await networkHelpers.loadFixture(deployScenario);
    const { requests, requester, stranger, params } = scenario;
    const later = optimistic(DAY, TRUST.attested, zeroPadValue(stranger.address, 32));
    const policy = { allOf: [{ anyOf: [zk(), later] }], minStake: 0n };
    const terms = await params({ policy, bond: 0n });
    await expect(
      requests.connect(requester).request(terms, { value: escrowOf(terms) }),
    ).to.be.revertedWithCustomError(requests, "RequestBondInvalid");
  });

  it("takes no panel for the judge of a release whose honest runs may differ", async () => {
    const scenario = await networkHelpers.loadFixture(deployDisputes);
    const { models, publisher, router, circuitId } = scenario;
    const sampled = release({
      publisher: publisher.address,
      circuit: circuitId,
      version: "sampled",
      runtime: 2n,
    });
    const releaseId = await models.publish.staticCall(sampled, "");
    await models.publish(sampled, "");
    await expect(
      router.requireSatisfiable(all(byQuorum(DAY)), releaseId),
    ).to.be.revertedWithCustomError(router, "PolicyUnsatisfiable");
  });
});
