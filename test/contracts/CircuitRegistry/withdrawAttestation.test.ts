import { expect } from "chai";
import { id, zeroPadValue } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import {
  CIRCUIT,
  GOOD,
  INPUT,
  TRUST,
  all,
  deployScenario,
  prove,
  release,
  zk,
} from "../../helpers/vouchScenario.ts";

const { networkHelpers } = connection;

/** A release whose set-up `stranger` has attested, and a receipt with a proof. */
async function attested() {
  const scenario = await networkHelpers.loadFixture(deployScenario);
  const { circuits, models, publisher, operator, stranger, domain } = scenario;
  const circuit = { ...CIRCUIT, setup: 0n };
  const circuitId = await circuits.register.staticCall(circuit);
  await circuits.register(circuit);
  await circuits.connect(stranger).attest(circuitId, circuit.transcript);
  const published = release({ publisher: publisher.address, circuit: circuitId, version: "a" });
  const releaseId = await models.publish.staticCall(published, "");
  await models.publish(published, "");
  const claim = {
    ...{ release: releaseId, request: id("request"), operator: operator.address },
    ...{ input: INPUT, output: GOOD },
  };
  const receipt = { ...claim, evidence: [prove(domain, claim)] };
  return { ...scenario, circuitId, receipt };
}

describe("CircuitRegistry.withdrawAttestation", () => {
  it("makes policies that name the verifier refuse the circuit from then on", async () => {
    const { circuits, router, stranger, circuitId, receipt } = await attested();
    const policy = all(zk(TRUST.attested, zeroPadValue(stranger.address, 32)));
    await router.requireReceipt(receipt, policy);
    await expect(circuits.connect(stranger).withdrawAttestation(circuitId))
      .to.emit(circuits, "SetupAttestationWithdrawn")
      .withArgs(circuitId, stranger.address);
    expect(await circuits.isAttestedBy(circuitId, stranger)).to.equal(false);
    expect((await circuits.setupOf(circuitId)).attestations).to.equal(0n);
    await expect(router.requireReceipt(receipt, policy)).to.be.revertedWithCustomError(
      router,
      "PolicyNotMet",
    );
  });

  it("can be given again, and reverts with SetupNotAttested where there is none", async () => {
    const { circuits, stranger, publisher, circuitId } = await attested();
    await expect(
      circuits.connect(publisher).withdrawAttestation(circuitId),
    ).to.be.revertedWithCustomError(circuits, "SetupNotAttested");
    await circuits.connect(stranger).withdrawAttestation(circuitId);
    await circuits.connect(stranger).attest(circuitId, CIRCUIT.transcript);
    expect((await circuits.setupOf(circuitId)).attestations).to.equal(1n);
  });
});
