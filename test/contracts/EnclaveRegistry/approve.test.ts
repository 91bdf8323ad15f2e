import { expect } from "chai";
import { ZeroHash, id as hashOf } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { deployEnclaves } from "../../helpers/enclaveScenario.ts";

const { networkHelpers } = connection;
const { time } = networkHelpers;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);
const MEASUREMENT = hashOf("image");

describe("EnclaveRegistry.approve", () => {
  it("counts from the second that it was said in, and not before", async () => {
    const { enclaves, publisher, releaseId } = await deployed();
    const now = (await time.latest()) + 100;
    await time.setNextBlockTimestamp(now);
    await enclaves.connect(publisher).approve(releaseId, MEASUREMENT, 2);
    expect(await enclaves.isApproved(releaseId, MEASUREMENT, 2, now)).to.equal(true);
    expect(await enclaves.isApproved(releaseId, MEASUREMENT, 2, now - 1)).to.equal(false);
    expect(await enclaves.isApproved(releaseId, MEASUREMENT, 1, now)).to.equal(false);
  });

  it("counts for the measurement and the release that it names alone", async () => {
    const { enclaves, publisher, releaseId } = await deployed();
    await enclaves.connect(publisher).approve(releaseId, MEASUREMENT, 0);
    const now = await time.latest();
    for (const [release, measurement, approved] of [
      [releaseId, MEASUREMENT, true],
      [releaseId, hashOf("other"), false],
      [hashOf("other"), MEASUREMENT, false],
    ] as const) {
      expect(await enclaves.isApproved(release, measurement, 0, now)).to.equal(approved);
      expect(await enclaves.isServable(release, measurement)).to.equal(approved);
    }
  });

  it("makes the release servable by some measurement until the last is taken back", async () => {
    const { enclaves, publisher, releaseId } = await deployed();
    const own = enclaves.connect(publisher);
    expect(await enclaves.isServable(releaseId, ZeroHash)).to.equal(false);
    await own.approve(releaseId, MEASUREMENT, 0);
    await own.approve(releaseId, hashOf("second"), 0);
    await own.withdraw(releaseId, MEASUREMENT, 1);
    expect(await enclaves.isServable(releaseId, MEASUREMENT)).to.equal(false);
    expect(await enclaves.isServable(releaseId, hashOf("second"))).to.equal(true);
    expect(await enclaves.isServable(releaseId, ZeroHash)).to.equal(true);
    await own.withdraw(releaseId, hashOf("second"), 1);
    expect(await enclaves.isServable(releaseId, ZeroHash)).to.equal(false);
  });
});
