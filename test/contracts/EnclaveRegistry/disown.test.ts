import { expect } from "chai";
import { ZeroHash } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { deployEnclaves, enclaveAt } from "../../helpers/enclaveScenario.ts";

const { networkHelpers } = connection;
const { time } = networkHelpers;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);

describe("EnclaveRegistry.disown", () => {
  it("counts the key as compromised from the time that its operator says, now at the latest", async () => {
    const { enclaves, operator, enclaveKey, attest, enrol } = await deployed();
    const { id } = await enrol(await attest());
    const now = (await time.latest()) + 100;
    await time.setNextBlockTimestamp(now);
    await expect(enclaves.connect(operator).disown(enclaveKey, now))
      .to.emit(enclaves, "EnclaveCompromised")
      .withArgs(id, now);
    expect((await enclaveAt(enclaves, id)).compromisedSince).to.equal(now);
  });

  it("reverts with TimeInFuture for a time to come", async () => {
    const { enclaves, operator, enclaveKey, attest, enrol } = await deployed();
    const { id } = await enrol(await attest());
    const now = (await time.latest()) + 100;
    await time.setNextBlockTimestamp(now);
    await expect(enclaves.connect(operator).disown(enclaveKey, now + 1))
      .to.be.revertedWithCustomError(enclaves, "TimeInFuture")
      .withArgs(now + 1);
    expect((await enclaveAt(enclaves, id)).compromisedSince).to.equal(0);
  });

  it("reverts with EnclaveNotRegistered for a key of nobody's, and for another operator's", async () => {
    const { enclaves, operator, stranger, enclaveKey, attest, enrol } = await deployed();
    await expect(enclaves.connect(operator).disown(enclaveKey, 1))
      .to.be.revertedWithCustomError(enclaves, "EnclaveNotRegistered")
      .withArgs(await enclaves.idOf(operator, enclaveKey, ZeroHash));
    await enrol(await attest());
    await expect(enclaves.connect(stranger).disown(enclaveKey, 1))
      .to.be.revertedWithCustomError(enclaves, "EnclaveNotRegistered")
      .withArgs(await enclaves.idOf(stranger, enclaveKey, ZeroHash));
  });
});

describe("EnclaveRegistry.retire", () => {
  it("reverts with EnclaveNotRegistered for a key of nobody's, and for another operator's", async () => {
    const { enclaves, operator, stranger, enclaveKey, attest, enrol } = await deployed();
    await expect(enclaves.connect(operator).retire(enclaveKey))
      .to.be.revertedWithCustomError(enclaves, "EnclaveNotRegistered")
      .withArgs(await enclaves.idOf(operator, enclaveKey, ZeroHash));
    const { id } = await enrol(await attest());
    await expect(enclaves.connect(stranger).retire(enclaveKey))
      .to.be.revertedWithCustomError(enclaves, "EnclaveNotRegistered")
      .withArgs(await enclaves.idOf(stranger, enclaveKey, ZeroHash));
    expect((await enclaves.enclaveOf(id)).retired).to.equal(false);
  });
});
