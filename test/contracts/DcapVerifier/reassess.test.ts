import type { QuoteStruct } from "@vouch/attestation";
import {
  documentSignature,
  keyIdOf,
  publicKeyStruct,
  quoteStruct,
  readQuote,
} from "@vouch/attestation";
import type { Certified, Period } from "@vouch/attestation/simulated";
import {
  sign,
  simulateQuote,
  simulatedKey,
  simulatedPlatformCa,
  simulatedRevocations,
  simulatedTcbInfo,
  simulatedTcbSigning,
} from "@vouch/attestation/simulated";
import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import type { EnclaveScenario } from "../../helpers/enclaveScenario.ts";
import {
  FMSPC,
  QE_UP_TO_DATE,
  STATUS,
  TEE_TCB_SVN,
  UP_TO_DATE,
  dateOf,
  deployEnclaves,
} from "../../helpers/enclaveScenario.ts";
import { pckCertificate } from "../../helpers/pckCertificate.ts";

const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);
const TDX = 1n;
const DAY = 24 * 3600;

type PlatformFactsStruct = Parameters<EnclaveScenario["verifier"]["reassess"]>[1];

/** A platform of the scenario's model whose certificate is over sooner. */
function shortLived(notAfter: Date): Certified {
  const key = simulatedKey("platform.short");
  return { certificate: pckCertificate({ publicKey: key.publicKey, notAfter }), key };
}

const quoteOf = (platform: Certified): QuoteStruct =>
  quoteStruct(
    readQuote(
      simulateQuote({
        platform,
        reportData: new Uint8Array(64).fill(7),
        qeSvn: 4,
        td: { version: 4, teeTcbSvn: TEE_TCB_SVN },
      }),
    ),
  );

/** What a verdict on the scenario's platform follows from. */
async function factsOf({ verifier, platform }: EnclaveScenario): Promise<PlatformFactsStruct> {
  const [, { platform: id, qeSvn, module }] = await verifier.assess(quoteOf(platform));
  const { teeTcbSvn, attributes, signerHash } = module;
  return { platform: id, qeSvn, module: { teeTcbSvn, attributes, signerHash } };
}

describe("DcapVerifier.reassess", () => {
  it("gives the verdict of the quote that the facts are from", async () => {
    const it = await deployed();
    const verdict = await it.verifier.reassess(TDX, await factsOf(it));
    expect([verdict.tee, verdict.status, verdict.validTo]).to.deep.equal([
      TDX,
      STATUS.upToDate,
      BigInt(it.period.to.getTime() / 1000),
    ]);
  });

  it("ends with the platform's certificate, and reverts with PlatformExpired from then on", async () => {
    const it = await deployed();
    const end = (await time.latest()) + DAY;
    const platform = shortLived(dateOf(BigInt(end)));
    await it.verifier.addPlatform(
      platform.certificate,
      publicKeyStruct(simulatedPlatformCa().certificate),
    );
    const quote = quoteOf(platform);
    expect((await it.verifier.assess(quote))[0].validTo).to.equal(end);
    await time.increaseTo(end);
    await it.verifier.assess(quote);
    await time.increaseTo(end + 1);
    await expect(it.verifier.assess(quote))
      .to.be.revertedWithCustomError(it.verifier, "PlatformExpired")
      .withArgs(keyIdOf(platform.certificate), end);
  });

  it("reverts with TcbInfoMissing where it is of another PCE than the platform's", async () => {
    const it = await deployed();
    const facts = await factsOf(it);
    const period = { from: new Date(it.period.from.getTime() + 60_000), to: it.period.to };
    const modules = [{ version: 1, levels: [{ isvSvn: 4, status: "UpToDate" }] }];
    const options = { tee: "TDX", fmspc: FMSPC, evaluation: 17, levels: UP_TO_DATE } as const;
    const text = simulatedTcbInfo({ ...options, period, modules }).text.replace(
      '"pceId":"0000"',
      '"pceId":"0001"',
    );
    const document = { text, signature: sign(simulatedKey("tcb-signing"), Buffer.from(text)) };
    await it.collateral.refreshTcbInfo(
      Buffer.from(text),
      documentSignature(document, simulatedTcbSigning().certificate),
    );
    await expect(it.verifier.reassess(TDX, facts))
      .to.be.revertedWithCustomError(it.verifier, "TcbInfoMissing")
      .withArgs(`0x${FMSPC}`);
  });

  it("reverts with QeIdentityMissing where nobody brought one", async () => {
    const it = await deployed();
    const facts = await factsOf(it);
    const collateral = await ethers.deployContract("EnclaveCollateral", [it.authorities]);
    const verifier = await ethers.deployContract("DcapVerifier", [it.authorities, collateral]);
    const document = simulatedTcbInfo({
      ...{ tee: "TDX", fmspc: FMSPC, evaluation: 17, period: it.period, levels: UP_TO_DATE },
      modules: [{ version: 1, levels: [{ isvSvn: 4, status: "UpToDate" }] }],
    });
    await collateral.refreshTcbInfo(
      Buffer.from(document.text),
      documentSignature(document, simulatedTcbSigning().certificate),
    );
    await verifier.addPlatform(
      it.platform.certificate,
      publicKeyStruct(simulatedPlatformCa().certificate),
    );
    await expect(verifier.reassess(TDX, facts)).to.be.revertedWithCustomError(
      verifier,
      "QeIdentityMissing",
    );
  });

  for (const [what, bring] of [
    ["TCB info", ({ bringTcbInfo }, period) => bringTcbInfo({ period })],
    [
      "the identity of its quoting enclave",
      ({ bringQeIdentity }, period) => bringQeIdentity(QE_UP_TO_DATE, { period }),
    ],
    [
      "the list of revoked platforms",
      ({ authorities }, period) =>
        authorities.refreshRevocations(
          simulatedRevocations("platformCa", period, 2),
          publicKeyStruct(simulatedPlatformCa().certificate),
        ),
    ],
  ] as readonly [string, (it: EnclaveScenario, period: Period) => Promise<unknown>][]) {
    it(`ends with ${what}, and reverts with PlatformCollateralExpired from then on`, async () => {
      const it = await deployed();
      const facts = await factsOf(it);
      const end = (await time.latest()) + DAY;
      const from = new Date(it.period.from.getTime() + 60_000);
      await bring(it, { from, to: dateOf(BigInt(end)) });
      expect((await it.verifier.reassess(TDX, facts)).validTo).to.equal(end);
      await time.increaseTo(end);
      await it.verifier.reassess(TDX, facts);
      await time.increaseTo(end + 1);
      await expect(it.verifier.reassess(TDX, facts))
        .to.be.revertedWithCustomError(it.verifier, "PlatformCollateralExpired")
        .withArgs(end);
    });
  }
});
