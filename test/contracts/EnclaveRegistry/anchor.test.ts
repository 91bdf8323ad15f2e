import { expect } from "chai";
import { id as hashOf } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import type { EnclaveScenario } from "../../helpers/enclaveScenario.ts";
import { deployEnclaves, enclaveAt } from "../../helpers/enclaveScenario.ts";
import { leafOf, tee } from "../../helpers/signedEnclave.ts";
import type { Claim, Receipt } from "../../helpers/vouchScenario.ts";
import { GOOD, INPUT, all, digestOf } from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;
const { time } = networkHelpers;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);
const POLICY = all(tee());

/** A receipt that the enclave's key signed, and the root that it is anchored by: its leaf. */
function signed(
  { releaseId, operator, evidence, domain }: EnclaveScenario,
  measurement: string,
): { readonly receipt: Receipt; readonly root: string } {
  const claim: Claim = {
    release: releaseId,
    request: hashOf("request"),
    operator: operator.address,
    input: INPUT,
    output: GOOD,
  };
  const own = evidence(claim, measurement);
  return {
    receipt: { ...claim, evidence: [own] },
    root: leafOf(digestOf(domain, claim), own.data),
  };
}

describe("EnclaveRegistry.anchor", () => {
  it("keeps the time of the first to bring a root, and says nothing of another", async () => {
    const { enclaves, operator, stranger } = await deployed();
    const root = hashOf("root");
    expect(await enclaves.anchoredAtOf(root)).to.equal(0);
    await expect(enclaves.connect(stranger).anchor(root))
      .to.emit(enclaves, "RootAnchored")
      .withArgs(root);
    const first = await time.latest();
    await time.increase(100);
    await expect(enclaves.connect(operator).anchor(root)).to.not.emit(enclaves, "RootAnchored");
    expect(await enclaves.anchoredAtOf(root)).to.equal(first);
  });

  it("lets no key count for what was anchored before it was registered", async () => {
    const it = await deployed();
    const { enclaves, publisher, releaseId, router } = it;
    const taken = await networkHelpers.takeSnapshot();
    const { measurement } = await it.enrol(await it.attest());
    await taken.restore();
    const { receipt, root } = signed(it, measurement);
    await enclaves.connect(publisher).approve(releaseId, measurement, 0);
    await enclaves.anchor(root);
    const { id } = await it.enrol(await it.attest());
    await router.requireReceipt(receipt, POLICY);
    await time.increaseTo(BigInt(it.period.to.getTime() / 1000) + 1n);
    const { validFrom } = await enclaveAt(enclaves, id);
    await expect(router.requireReceipt(receipt, POLICY))
      .to.be.revertedWithCustomError(enclaves, "EnclaveNotYetValid")
      .withArgs(id, validFrom);
  });

  it("lets no measurement count for what was anchored before it was approved", async () => {
    const it = await deployed();
    const { enclaves, publisher, releaseId, router } = it;
    const { measurement } = await it.enrol(await it.attest());
    const { receipt, root } = signed(it, measurement);
    await expect(router.requireReceipt(receipt, POLICY))
      .to.be.revertedWithCustomError(enclaves, "MeasurementNotApproved")
      .withArgs(releaseId, measurement);
    await enclaves.anchor(root);
    await enclaves.connect(publisher).approve(releaseId, measurement, 0);
    await router.requireReceipt(receipt, POLICY);
    await time.increaseTo(BigInt(it.period.to.getTime() / 1000) + 1n);
    await expect(router.requireReceipt(receipt, POLICY))
      .to.be.revertedWithCustomError(enclaves, "MeasurementNotApproved")
      .withArgs(releaseId, measurement);
  });
});
