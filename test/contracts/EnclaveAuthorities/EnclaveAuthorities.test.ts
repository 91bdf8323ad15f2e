import { keyIdOf, publicKeyStruct } from "@vouch/attestation";
import {
  simulatedPlatform,
  simulatedPlatformCa,
  simulatedRevocations,
  simulatedRoot,
  simulatedTcbSigning,
} from "@vouch/attestation/simulated";
import {
  makeCertificate,
  makeRevocationList,
} from "../../../offchain/attestation/simulated/certificates.ts";
import { simulatedKey } from "../../../offchain/attestation/simulated/keys.ts";
import { expect } from "chai";
import { concat, id as hashOf, keccak256 } from "ethers";
import { connection } from "../../helpers/deployVouch.ts";
import { FMSPC, SVNS, dateOf, deployEnclaves } from "../../helpers/enclaveScenario.ts";

const { ethers, networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);
const ROOT = { commonName: "Simulated SGX Root CA", key: simulatedKey("root") };
const CA = { commonName: "Intel SGX PCK Platform CA", key: simulatedKey("platform-ca") };
const PROCESSOR = simulatedKey("processor-ca");

/** An authority's certificate as the simulated root makes it, but for what is said otherwise. */
function authority(overrides: Partial<Parameters<typeof makeCertificate>[0]> = {}): Uint8Array {
  return makeCertificate({
    commonName: "Intel SGX PCK Processor CA",
    publicKey: PROCESSOR.publicKey,
    issuer: ROOT,
    serial: 9n,
    notBefore: new Date("2024-01-01T00:00:00Z"),
    notAfter: new Date("2049-12-31T23:59:59Z"),
    isAuthority: true,
    ...overrides,
  });
}

describe("EnclaveAuthorities.addAuthority", () => {
  it("knows the roots by their keys", async () => {
    const { authorities, vendor } = await deployed();
    expect([await authorities.simulated(), await vendor.authorities.simulated()]).to.deep.equal([
      true,
      false,
    ]);
    expect(await authorities.root()).to.equal(keyIdOf(simulatedRoot().certificate));
    // Intel SGX Root CA, as https://certificates.trustedservices.intel.com/IntelSGXRootCA.der has it.
    const intel = [
      "0x0ba9c4c0c0c86193a3fe23d6b02cda10a8bbd4e88e48b4458561a36e705525f5",
      "0x67918e2edc88e40d860bd0cc4ee26aacc988e505a953558c453f6b0904ae7394",
    ];
    expect(await vendor.authorities.root()).to.equal(keccak256(concat(intel)));
  });

  it("keeps what a certificate says, anyone sending it", async () => {
    const { authorities, stranger } = await deployed();
    const certificate = authority();
    const id = keyIdOf(certificate);
    await expect(authorities.connect(stranger).addAuthority(certificate))
      .to.emit(authorities, "AuthorityAdded")
      .withArgs(id, 2n, Date.UTC(2049, 11, 31, 23, 59, 59) / 1000);
    const kept = await authorities.authorityOf(id);
    expect([kept.role, kept.serial]).to.deep.equal([2n, 9n]);
  });

  it("replaces a certificate by one that begins later only", async () => {
    const { authorities } = await deployed();
    const at = (notBefore: string, serial: bigint): Uint8Array =>
      authority({ notBefore: new Date(notBefore), serial });
    const id = keyIdOf(authority());
    await authorities.addAuthority(at("2024-06-01T00:00:00Z", 10n));
    for (const stale of [at("2024-06-01T00:00:00Z", 11n), at("2024-05-31T00:00:00Z", 12n)]) {
      await expect(authorities.addAuthority(stale))
        .to.be.revertedWithCustomError(authorities, "AuthorityStale")
        .withArgs(id, Date.UTC(2024, 5, 1) / 1000);
    }
    await authorities.addAuthority(at("2024-06-02T00:00:00Z", 13n));
    expect((await authorities.authorityOf(id)).serial).to.equal(13);
  });

  it("reads a year that needs four digits", async () => {
    const { authorities } = await deployed();
    const certificate = authority({ notAfter: new Date("2060-02-29T12:00:00Z") });
    await authorities.addAuthority(certificate);
    const { notAfter } = await authorities.authorityOf(keyIdOf(certificate));
    expect(notAfter).to.equal(Date.UTC(2060, 1, 29, 12) / 1000);
  });

  for (const [error, what, certificate, simulated] of [
    ["SignatureInvalid", "of the other root", authority(), false],
    ["SignatureInvalid", "of another issuer", authority({ issuer: CA }), true],
    ["AuthorityNameUnknown", "of another name", authority({ commonName: "Intel SGX PCK" }), true],
    [
      "AuthorityNameUnknown",
      "of a platform, which the root certified itself",
      authority({ commonName: "Intel SGX PCK Certificate", isAuthority: false }),
      true,
    ],
    [
      "AuthorityNameUnknown",
      "whose name goes on behind one that is known",
      authority({ commonName: `${"Intel SGX PCK Platform CA".padEnd(32, "\0")} of another` }),
      true,
    ],
    ["AuthorityNameUnknown", "whose key may not certify", authority({ isAuthority: false }), true],
    [
      "AuthorityNameUnknown",
      "for TCB signing whose key may certify",
      authority({ commonName: "Intel SGX TCB Signing" }),
      true,
    ],
    [
      "AuthorityExpired",
      "that is over",
      authority({ notAfter: new Date("2025-01-01T00:00:00Z") }),
      true,
    ],
    [
      "AuthorityNotYetValid",
      "that is to come",
      authority({ notBefore: new Date("2048-01-01T00:00:00Z") }),
      true,
    ],
  ] as const) {
    it(`reverts with ${error} for one ${what}`, async () => {
      const { vendor, simulatedVendor } = await deployed();
      const { authorities } = simulated ? simulatedVendor : vendor;
      await expect(authorities.addAuthority(certificate)).to.be.revertedWithCustomError(
        authorities,
        error,
      );
    });
  }

  it("reverts with SignatureInvalid for a bit that is not what was signed, and by name for a length that lies", async () => {
    const { authorities } = await deployed();
    const certificate = authority();
    const errors = new Set<string>();
    for (let index = 0; index < certificate.length; index += 1) {
      const bytes = Uint8Array.from(certificate);
      bytes[index] = (bytes[index] ?? 0) ^ 0x01;
      const data = authorities.interface.encodeFunctionData("addAuthority", [bytes]);
      const reason = await ethers.provider
        .call({ to: await authorities.getAddress(), data })
        .then(() => undefined)
        .catch((error: unknown) => (error as { data?: string }).data ?? "nothing");
      expect(reason, `byte ${index}`)
        .to.be.a("string")
        .and.match(/^0x[0-9a-f]{8}/);
      errors.add(authorities.interface.parseError(reason ?? "")?.name ?? "unnamed");
    }
    expect([...errors]).to.include.members(["SignatureInvalid", "DerMalformed"]);
    expect([...errors]).to.not.include("unnamed");
  });

  it("reverts with DerMalformed for what is cut short, longer or empty", async () => {
    const { authorities } = await deployed();
    const certificate = authority();
    for (const bytes of [
      certificate.slice(0, -1),
      Uint8Array.from([...certificate, 0]),
      new Uint8Array(0),
      Uint8Array.from([0x30]),
      Uint8Array.from([0x30, 0x80, 0, 0]),
      Uint8Array.from([0x30, 0x84, 0, 0, 0, 0]),
    ]) {
      await expect(authorities.addAuthority(bytes)).to.be.revertedWithCustomError(
        authorities,
        "DerMalformed",
      );
    }
  });
});

describe("EnclaveAuthorities.refreshRevocations", () => {
  const rootKey = publicKeyStruct(simulatedRoot().certificate);
  const caKey = publicKeyStruct(simulatedPlatformCa().certificate);
  const shifted = (
    { from, to }: { readonly from: Date; readonly to: Date },
    seconds: number,
  ): { readonly from: Date; readonly to: Date } => ({
    from: new Date(from.getTime() + 1000 * seconds),
    to: new Date(to.getTime() + 1000 * seconds),
  });

  it("says when a certificate was revoked, as the newest list has it", async () => {
    const { authorities, period } = await deployed();
    const issuer = keyIdOf(simulatedPlatformCa().certificate);
    const wide = (1n << 160n) - 1n;
    const date = new Date(period.from.getTime());
    const revoked = [1n, 200n, wide].map((serial) => ({ serial, date }));
    await authorities.refreshRevocations(
      simulatedRevocations("platformCa", shifted(period, 60), 2, revoked),
      caKey,
    );
    for (const serial of [1n, 200n, wide]) {
      expect(await authorities.revokedAt(issuer, serial)).to.equal(date.getTime() / 1000);
    }
    expect(await authorities.revokedAt(issuer, 2n)).to.equal(0);
    await authorities.refreshRevocations(
      simulatedRevocations("platformCa", shifted(period, 120), 2, revoked.slice(1)),
      caKey,
    );
    expect(await authorities.revokedAt(issuer, 1n)).to.equal(0);
  });

  it("is kept in parts where it is longer than one account may be", async function () {
    this.timeout(60_000);
    const { authorities, period } = await deployed();
    const date = new Date(period.from.getTime());
    const revoked = Array.from({ length: 950 }, (_, i) => ({ serial: BigInt(i + 1000), date }));
    await authorities.refreshRevocations(
      simulatedRevocations("platformCa", shifted(period, 60), 2, revoked),
      caKey,
    );
    const issuer = keyIdOf(simulatedPlatformCa().certificate);
    expect((await authorities.revocationsOf(issuer)).parts.length).to.equal(2);
    for (const serial of [1000n, 1899n, 1900n, 1949n]) {
      expect(await authorities.revokedAt(issuer, serial)).to.equal(date.getTime() / 1000);
    }
    for (const serial of [999n, 1950n]) {
      expect(await authorities.revokedAt(issuer, serial)).to.equal(0);
    }
  });

  it("goes back neither in its number nor in its date", async () => {
    const { authorities, period } = await deployed();
    await authorities.refreshRevocations(
      simulatedRevocations("platformCa", shifted(period, 60), 5),
      caKey,
    );
    for (const [seconds, number] of [
      [60, 5],
      [30, 6],
      [90, 4],
    ] as const) {
      await expect(
        authorities.refreshRevocations(
          simulatedRevocations("platformCa", shifted(period, seconds), number),
          caKey,
        ),
      ).to.be.revertedWithCustomError(authorities, "RevocationsStale");
    }
  });

  it("is no longer answered by what its signers may not sign any more", async () => {
    const { authorities, verifier, period } = await deployed();
    const date = new Date(period.from.getTime());
    await authorities.refreshRevocations(
      simulatedRevocations("root", shifted(period, 60), 2, [{ serial: 2n, date }]),
      rootKey,
    );
    const id = keyIdOf(simulatedPlatformCa().certificate);
    await expect(authorities.requireAuthority(id))
      .to.be.revertedWithCustomError(authorities, "AuthorityRevoked")
      .withArgs(id);
    await expect(
      authorities.refreshRevocations(
        simulatedRevocations("platformCa", shifted(period, 60), 2),
        caKey,
      ),
    ).to.be.revertedWithCustomError(authorities, "AuthorityRevoked");
    const platform = simulatedPlatform("second", 5n, {
      components: SVNS,
      pceSvn: 11,
      fmspc: FMSPC,
    });
    await expect(verifier.addPlatform(platform.certificate, caKey)).to.be.revertedWithCustomError(
      authorities,
      "AuthorityRevoked",
    );
  });

  for (const [error, what, list, key] of [
    [
      "SignatureInvalid",
      "by another key",
      (it: { readonly from: Date; readonly to: Date }) =>
        simulatedRevocations("root", shifted(it, 60), 2),
      caKey,
    ],
    [
      "AuthorityUnknown",
      "by an authority that nobody added",
      (it: { readonly from: Date; readonly to: Date }) =>
        makeRevocationList({
          issuer: { commonName: "Intel SGX PCK Processor CA", key: PROCESSOR },
          number: 1,
          thisUpdate: it.from,
          nextUpdate: it.to,
          revoked: [],
        }),
      publicKeyStruct(authority()),
    ],
    [
      "AuthorityRoleMismatch",
      "by the authority for TCB signing",
      (it: { readonly from: Date; readonly to: Date }) =>
        makeRevocationList({
          issuer: { commonName: "Intel SGX TCB Signing", key: simulatedKey("tcb-signing") },
          number: 1,
          thisUpdate: it.from,
          nextUpdate: it.to,
          revoked: [],
        }),
      publicKeyStruct(simulatedTcbSigning().certificate),
    ],
    [
      "IssuerMismatch",
      "that names another issuer",
      (it: { readonly from: Date; readonly to: Date }) =>
        makeRevocationList({
          issuer: { ...CA, commonName: "Intel SGX PCK Processor CA" },
          number: 2,
          thisUpdate: new Date(it.from.getTime() + 60_000),
          nextUpdate: it.to,
          revoked: [],
        }),
      caKey,
    ],
    [
      "RevocationsNotYetValid",
      "that is to come",
      (it: { readonly from: Date; readonly to: Date }) =>
        simulatedRevocations("platformCa", shifted(it, 10 * 24 * 3600), 2),
      caKey,
    ],
    [
      "RevocationsExpired",
      "that is over",
      (it: { readonly from: Date; readonly to: Date }) =>
        simulatedRevocations(
          "platformCa",
          { from: it.from, to: dateOf(BigInt(it.from.getTime() / 1000) + 1n) },
          2,
        ),
      caKey,
    ],
  ] as const) {
    it(`reverts with ${error} for a list ${what}`, async () => {
      const { authorities, period } = await deployed();
      await expect(authorities.refreshRevocations(list(period), key)).to.be.revertedWithCustomError(
        authorities,
        error,
      );
    });
  }

  it("reverts with RevocationsMissing where nobody brought one", async () => {
    const { authorities } = await deployed();
    const root = hashOf("nobody");
    await expect(authorities.revokedAt(root, 1))
      .to.be.revertedWithCustomError(authorities, "RevocationsMissing")
      .withArgs(root);
  });
});

describe("EnclaveAuthorities.requireAuthority", () => {
  it("gives an authority until its last second, and reverts with AuthorityExpired from then on", async () => {
    const { authorities } = await deployed();
    const end = (await networkHelpers.time.latest()) + 100;
    const certificate = authority({ notAfter: dateOf(BigInt(end)) });
    const id = keyIdOf(certificate);
    await authorities.addAuthority(certificate);
    await networkHelpers.time.increaseTo(end);
    expect((await authorities.requireAuthority(id)).serial).to.equal(9);
    await networkHelpers.time.increaseTo(end + 1);
    await expect(authorities.requireAuthority(id))
      .to.be.revertedWithCustomError(authorities, "AuthorityExpired")
      .withArgs(id, end);
  });
});
