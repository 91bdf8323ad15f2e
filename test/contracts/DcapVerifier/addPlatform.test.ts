import { keyIdOf, publicKeyStruct } from "@vouch/attestation";
import { simulatedPlatformCa, simulatedTcbSigning } from "@vouch/attestation/simulated";
import { simulatedKey } from "../../../offchain/attestation/simulated/keys.ts";
import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import { FMSPC, deployEnclaves } from "../../helpers/enclaveScenario.ts";
import { PLATFORM_CA, pckCertificate } from "../../helpers/pckCertificate.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);
const SIGNING = { commonName: "Intel SGX TCB Signing", key: simulatedKey("tcb-signing") };
const CA_KEY = publicKeyStruct(simulatedPlatformCa().certificate);
const SIGNING_KEY = publicKeyStruct(simulatedTcbSigning().certificate);

describe("DcapVerifier.addPlatform", () => {
  it("keeps what a certificate says, anyone sending it", async () => {
    const { verifier, stranger } = await deployed();
    const [certificate, issuer] = [pckCertificate(), keyIdOf(simulatedPlatformCa().certificate)];
    const id = keyIdOf(certificate);
    await expect(verifier.connect(stranger).addPlatform(certificate, CA_KEY))
      .to.emit(verifier, "PlatformAdded")
      .withArgs(id, issuer, `0x${FMSPC}`, Date.UTC(2049, 0, 1) / 1000);
    const kept = await verifier.platformOf(id);
    expect([kept.serial, kept.issuer, kept.pceSvn]).to.deep.equal([93n, issuer, 11n]);
  });

  for (const [what, certificate, issuer] of [
    ["that the authority for TCB signing issued", pckCertificate({ issuer: SIGNING }), SIGNING_KEY],
    [
      "that names another issuer than its signer",
      pckCertificate({ issuer: { ...PLATFORM_CA, commonName: "Intel SGX PCK Processor CA" } }),
      CA_KEY,
    ],
    ["of a key that may certify others", pckCertificate({ isAuthority: true }), CA_KEY],
  ] as const) {
    it(`reverts with PlatformCertificateInvalid for one ${what}`, async () => {
      const { verifier } = await deployed();
      await expect(verifier.addPlatform(certificate, issuer))
        .to.be.revertedWithCustomError(verifier, "PlatformCertificateInvalid")
        .withArgs(keyIdOf(certificate));
    });
  }

  it("takes one from its first second on, and reverts with PlatformNotYetValid before", async () => {
    const { verifier } = await deployed();
    const begin = (await networkHelpers.time.latest()) + 100;
    const certificate = pckCertificate({ notBefore: new Date(begin * 1000) });
    const id = keyIdOf(certificate);
    await networkHelpers.time.setNextBlockTimestamp(begin - 1);
    await expect(verifier.addPlatform(certificate, CA_KEY))
      .to.be.revertedWithCustomError(verifier, "PlatformNotYetValid")
      .withArgs(id, begin);
    await networkHelpers.time.setNextBlockTimestamp(begin);
    await verifier.addPlatform(certificate, CA_KEY);
    expect((await verifier.platformOf(id)).notBefore).to.equal(begin);
  });

  it("takes one until its last second, and reverts with PlatformExpired from then on", async () => {
    const { verifier } = await deployed();
    const end = (await networkHelpers.time.latest()) + 100;
    const certificate = pckCertificate({ notAfter: new Date(end * 1000) });
    const id = keyIdOf(certificate);
    const taken = await networkHelpers.takeSnapshot();
    await networkHelpers.time.setNextBlockTimestamp(end);
    await verifier.addPlatform(certificate, CA_KEY);
    expect((await verifier.platformOf(id)).notAfter).to.equal(end);
    await taken.restore();
    await networkHelpers.time.setNextBlockTimestamp(end + 1);
    await expect(verifier.addPlatform(certificate, CA_KEY))
      .to.be.revertedWithCustomError(verifier, "PlatformExpired")
      .withArgs(id, end);
  });
});
