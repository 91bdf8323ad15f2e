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
/** In the order of `IInferenceRequests.Status`. */
const PROVISIONAL = 3n;

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

describe("InferenceRequests.lock, of a request without stake", () => {
  it("exposes nothing, and gives up nothing when it is given back", async () => {
    const scenario = await networkHelpers.loadFixture(deployScenario);
    const { requests, vault, operator, params, ask } = scenario;
    const before = await vault.exposureOf(operator);
    const terms = await params({ stake: 0n, bond: 0n });
    const request = await ask(terms);
    await expect(requests.connect(operator).lock(request, terms)).to.not.emit(
      vault,
      "LiabilityOpened",
    );
    expect(await vault.exposureOf(operator)).to.deep.equal(before);
    expect((await vault.liabilityOf(operator, requests, request)).lapseDay).to.equal(0n);
    await expect(requests.connect(operator).unlock(request, terms))
      .to.emit(requests, "RequestUnlocked")
      .withArgs(request, operator.address);
    expect(await vault.exposureOf(operator)).to.deep.equal(before);
  });
});

describe("InferenceRequests.assuranceOf", () => {
  it("reverts with RequestStatusInvalid until the answer is final", async () => {
    const scenario = await networkHelpers.loadFixture(deployDisputes);
    const { requests, answered } = scenario;
    const { id, terms, output, windowEnd } = await answered();
    await expect(requests.assuranceOf(id))
      .to.be.revertedWithCustomError(requests, "RequestStatusInvalid")
      .withArgs(id, PROVISIONAL);
    await networkHelpers.time.setNextBlockTimestamp(windowEnd + 1n);
    await requests.finalize(id, terms, output);
    expect((await requests.assuranceOf(id)).window).to.equal(DAY);
  });
});

describe("InferenceRequests, given other parameters than a request's", () => {
  it("reverts with RequestParamsMismatch while they are what it commits to, also after its end", async () => {
    const scenario = await networkHelpers.loadFixture(deployScenario);
    const { requests, requester, operator, params, ask } = scenario;
    const terms = await params();
    const request = await ask(terms);
    const other = { ...terms, maxFee: terms.maxFee + 1n };
    const lock = () => requests.connect(operator).lock(request, other);
    await expect(lock())
      .to.be.revertedWithCustomError(requests, "RequestParamsMismatch")
      .withArgs(request);
    await requests.connect(requester).cancel(request, terms);
    await expect(lock())
      .to.be.revertedWithCustomError(requests, "RequestParamsMismatch")
      .withArgs(request);
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

  it("takes a bond as high as the stake, and reverts with RequestBondInvalid for a wei more", async () => {
    const scenario = await networkHelpers.loadFixture(deployScenario);
    const { requests, requester, params } = scenario;
    const own = requests.connect(requester);
    const highest = await params({ stake: 100n, bond: 100n });
    await own.request(highest, { value: escrowOf(highest) });
    const higher = await params({ stake: 100n, bond: 101n });
    await expect(own.request(higher, { value: escrowOf(higher) }))
      .to.be.revertedWithCustomError(requests, "RequestBondInvalid")
      .withArgs(101n, 100n);
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
