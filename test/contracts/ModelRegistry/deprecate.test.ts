import { expect } from "chai";
import { ZeroHash, id } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  GOOD,
  all,
  deployScenario,
  prove,
  release,
  sign,
  signature,
  zk,
} from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployScenario);

describe("ModelRegistry.deprecate", () => {
  it("says when, and in favour of which release, once", async () => {
    const { models, publisher, circuitId, releaseId } = await deployed();
    const next = release({ publisher: publisher.address, circuit: circuitId, version: "2" });
    const successor = await models.publish.staticCall(next, "");
    await models.publish(next, "");
    expect(await models.deprecatedAtOf(releaseId)).to.equal(0n);
    await expect(models.connect(publisher).deprecate(releaseId, successor, "drift"))
      .to.emit(models, "ReleaseDeprecated")
      .withArgs(releaseId, successor, "drift");
    expect(await models.deprecatedAtOf(releaseId)).to.equal(await networkHelpers.time.latest());
    await expect(
      models.connect(publisher).deprecate(releaseId, ZeroHash, ""),
    ).to.be.revertedWithCustomError(models, "ReleaseAlreadyDeprecated");
  });

  it("never invalidates a receipt, nor a request under way", async () => {
    const scenario = await deployed();
    const { models, publisher, router, requests, operator, domain, lock, params, claim } = scenario;
    const terms = await params({ policy: all(signature) });
    const request = await lock(terms);
    const statement = claim(request, terms);
    await models.connect(publisher).deprecate(scenario.releaseId, ZeroHash, "superseded");
    await requests.fulfil(request, terms, GOOD, [await sign(operator, domain, statement)]);
    const receipt = { ...statement, evidence: [prove(domain, statement)] };
    await router.requireReceipt(receipt, all(zk()));
  });

  it("reverts for anybody but the publisher, and for releases that are not published", async () => {
    const { models, publisher, stranger, releaseId } = await deployed();
    await expect(
      models.connect(stranger).deprecate(releaseId, ZeroHash, ""),
    ).to.be.revertedWithCustomError(models, "ReleasePublisherMismatch");
    await expect(
      models.connect(publisher).deprecate(id("none"), ZeroHash, ""),
    ).to.be.revertedWithCustomError(models, "ReleaseNotPublished");
    await expect(
      models.connect(publisher).deprecate(releaseId, id("none"), ""),
    ).to.be.revertedWithCustomError(models, "ReleaseNotPublished");
  });
});
