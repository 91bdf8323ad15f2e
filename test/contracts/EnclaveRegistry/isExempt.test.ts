import { expect } from "chai";
import { id as hashOf } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { deployEnclaves } from "../../helpers/enclaveScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);

describe("EnclaveRegistry.isExempt", () => {
  it("is true of a key without advisories, and never of one that nobody registered", async () => {
    const { enclaves, attest, enrol } = await deployed();
    const { id } = await enrol(await attest());
    for (const advisories of [0n, 615n]) {
      expect(await enclaves.isExempt(id, advisories)).to.equal(true);
      expect(await enclaves.isExempt(hashOf("nobody"), advisories)).to.equal(false);
    }
  });
});
