import { type SignedText, documentSignature } from "@vouch/attestation";
import {
  type TcbInfoOptions,
  sign,
  simulatedKey,
  simulatedPlatformCa,
  simulatedQeIdentity,
  simulatedRevocations,
  simulatedRoot,
  simulatedTcbInfo,
  simulatedTcbSigning,
} from "@vouch/attestation/simulated";
import { publicKeyStruct } from "@vouch/attestation";
import { expect } from "chai";
import { makeCertificate } from "../../../offchain/attestation/simulated/certificates.ts";
import { connection } from "../../helpers/deployVouch.ts";
import type { EnclaveScenario } from "../../helpers/enclaveScenario.ts";
import { QE_UP_TO_DATE, UP_TO_DATE, deployEnclaves } from "../../helpers/enclaveScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);
const SIGNING = simulatedTcbSigning().certificate;
/** Another model than that of the scenario's platform. */
const OTHER = "30606a000000";

const bring = (
  { collateral }: EnclaveScenario,
  document: SignedText,
  authority: Uint8Array = SIGNING,
): Promise<unknown> =>
  collateral.refreshTcbInfo(Buffer.from(document.text), documentSignature(document, authority));

/** TCB info as the vendor would sign it, with its text changed first. */
function rewritten(
  options: Omit<TcbInfoOptions, "levels"> & Partial<TcbInfoOptions>,
  change: (text: string) => string,
): SignedText {
  const text = change(simulatedTcbInfo({ levels: UP_TO_DATE, modules: [], ...options }).text);
  return { text, signature: sign(simulatedKey("tcb-signing"), Buffer.from(text)) };
}

describe("EnclaveCollateral.refreshTcbInfo", () => {
  const info = (
    it: EnclaveScenario,
    overrides: Partial<TcbInfoOptions> = {},
  ): Omit<TcbInfoOptions, "levels"> & { levels: TcbInfoOptions["levels"] } => ({
    tee: "TDX",
    fmspc: OTHER,
    evaluation: 17,
    period: it.period,
    levels: UP_TO_DATE,
    modules: [],
    ...overrides,
  });

  it("keeps a row for each model and kind, brought by anyone", async () => {
    const it = await deployed();
    const { collateral, period } = it;
    await expect(bring(it, simulatedTcbInfo(info(it))))
      .to.emit(collateral, "TcbInfoRefreshed")
      .withArgs(`0x${OTHER}`, 1n, 17n, period.from.getTime() / 1000, period.to.getTime() / 1000);
    const row = await collateral.tcbInfoOf(1, `0x${OTHER}`);
    expect(row.evaluation).to.equal(17);
    expect((await collateral.tcbInfoOf(0, `0x${OTHER}`)).evaluation).to.equal(0);
  });

  it("goes back neither in its number nor in its date", async () => {
    const it = await deployed();
    const { collateral, period } = it;
    const at = (seconds: number): typeof period => ({
      from: new Date(period.from.getTime() + 1000 * seconds),
      to: period.to,
    });
    await bring(it, simulatedTcbInfo(info(it, { period: at(60) })));
    for (const [evaluation, seconds] of [
      [17, 60],
      [16, 90],
      [18, 30],
    ] as const) {
      await expect(
        bring(it, simulatedTcbInfo(info(it, { evaluation, period: at(seconds) }))),
      ).to.be.revertedWithCustomError(collateral, "CollateralStale");
    }
    await bring(it, simulatedTcbInfo(info(it, { evaluation: 18, period: at(61) })));
  });

  it("is replaced by anything where who signed it has no say any more", async () => {
    const it = await deployed();
    const { collateral, authorities, period } = it;
    const far = { from: new Date(period.from.getTime() + 3600_000), to: period.to };
    await bring(it, simulatedTcbInfo(info(it, { evaluation: 2 ** 32 - 1, period: far })));
    const date = new Date(period.from.getTime());
    const later = { from: new Date(date.getTime() + 60_000), to: period.to };
    await authorities.refreshRevocations(
      simulatedRevocations("root", later, 2, [{ serial: 3n, date }]),
      publicKeyStruct(simulatedRoot().certificate),
    );
    const key = simulatedKey("tcb-signing.second");
    const certificate = makeCertificate({
      commonName: "Intel SGX TCB Signing",
      publicKey: key.publicKey,
      issuer: { commonName: "Simulated SGX Root CA", key: simulatedKey("root") },
      serial: 4n,
      notBefore: new Date("2024-01-01T00:00:00Z"),
      notAfter: new Date("2049-01-01T00:00:00Z"),
      isAuthority: false,
    });
    await authorities.addAuthority(certificate);
    const { text } = simulatedTcbInfo(info(it));
    await bring(it, { text, signature: sign(key, Buffer.from(text)) }, certificate);
    expect((await collateral.tcbInfoOf(1, `0x${OTHER}`)).evaluation).to.equal(17);
  });

  it("holds in its time only", async () => {
    const it = await deployed();
    const { from, to } = it.period;
    const day = 24 * 3600 * 1000;
    const later = { from: new Date(from.getTime() + 9 * day), to };
    await expect(
      bring(it, simulatedTcbInfo(info(it, { period: later }))),
    ).to.be.revertedWithCustomError(it.collateral, "CollateralNotYetValid");
    const before = { from: new Date(from.getTime() - 9 * day), to: from };
    await expect(
      bring(it, simulatedTcbInfo(info(it, { period: before }))),
    ).to.be.revertedWithCustomError(it.collateral, "CollateralExpired");
  });

  it("is signed by an authority for it, over every byte", async () => {
    const it = await deployed();
    const { collateral, authorities } = it;
    const document = simulatedTcbInfo(info(it));
    const changed = { ...document, text: document.text.replace('"svn":5', '"svn":4') };
    await expect(bring(it, changed)).to.be.revertedWithCustomError(
      collateral,
      "CollateralSignatureInvalid",
    );
    await expect(
      bring(it, document, simulatedPlatformCa().certificate),
    ).to.be.revertedWithCustomError(authorities, "AuthorityRoleMismatch");
    await expect(bring(it, document, simulatedRoot().certificate)).to.be.revertedWithCustomError(
      authorities,
      "AuthorityUnknown",
    );
    const date = new Date(it.period.from.getTime());
    const later = { from: new Date(date.getTime() + 60_000), to: it.period.to };
    await authorities.refreshRevocations(
      simulatedRevocations("root", later, 2, [{ serial: 3n, date }]),
      publicKeyStruct(simulatedRoot().certificate),
    );
    await expect(bring(it, document)).to.be.revertedWithCustomError(
      authorities,
      "AuthorityRevoked",
    );
  });

  for (const [error, what, change] of [
    [
      "TcbInfoUnsupported",
      "of another version",
      (it: string) => it.replace('"version":3', '"version":4'),
    ],
    [
      "TcbInfoUnsupported",
      "of another type",
      (it: string) => it.replace('"tcbType":0', '"tcbType":1'),
    ],
    [
      "TcbInfoUnsupported",
      "of another kind",
      (it: string) => it.replace('"id":"TDX"', '"id":"TDY"'),
    ],
    ["TcbInfoUnsupported", "without a model", (it: string) => it.replace('"fmspc"', '"fmspd"')],
    [
      "TcbInfoUnsupported",
      "without a date",
      (it: string) => it.replace('"issueDate"', '"issueDatf"'),
    ],
    [
      "TcbInfoUnsupported",
      "with a member twice",
      (it: string) => it.replace('"tcbType":0', '"tcbType":0,"tcbType":0'),
    ],
    [
      "TcbInfoUnsupported",
      "with levels before its kind",
      (it: string) => `{"tcbLevels":[],${it.slice(1)}`,
    ],
    ["TcbInfoUnsupported", "with something behind it", (it: string) => `${it} `],
    ["TcbLevelMalformed", "with a component less", (it: string) => it.replace('{"svn":5},', "")],
    [
      "TcbLevelMalformed",
      "with a version of 256",
      (it: string) => it.replace('"svn":5', '"svn":256'),
    ],
    [
      "TcbLevelMalformed",
      "without a PCE version",
      (it: string) => it.replace('"pcesvn"', '"pcesvm"'),
    ],
    [
      "TcbLevelMalformed",
      "without TDX components",
      (it: string) => it.replace('"tdxtcb', '"tdytcb'),
    ],
    ["TcbLevelMalformed", "with an unknown status", (it: string) => it.replace("UpToDate", "Fine")],
    [
      "TimeMalformed",
      "with a thirteenth month",
      (it: string) => it.replace(/(issueDate":"\d{4}-)\d\d/, "$113"),
    ],
    ["JsonMalformed", "with a space between tokens", (it: string) => it.replace(":3,", ": 3,")],
    ["JsonMalformed", "with an escape", (it: string) => it.replace("UpToDate", "UpTo\\u0044ate")],
    [
      "JsonMalformed",
      "with a number that has a zero in front",
      (it: string) => it.replace(":17,", ":017,"),
    ],
    [
      "JsonMalformed",
      "with a number that is too large",
      (it: string) => it.replace(":17,", `:${2n ** 64n},`),
    ],
    ["JsonMalformed", "that ends early", (it: string) => it.slice(0, -1)],
    ["JsonMalformed", "with a comma too many", (it: string) => it.replace("}]}", "},]}")],
    [
      "HexMalformed",
      "with a digit that is none",
      (it: string) => it.replace(OTHER.toUpperCase(), "30606G000000"),
    ],
  ] as const) {
    it(`reverts with ${error} for one ${what}, though it is signed`, async () => {
      const it = await deployed();
      const document = rewritten(info(it), change);
      expect(document.text).to.not.equal(simulatedTcbInfo(info(it)).text);
      await expect(bring(it, document)).to.be.revertedWithCustomError(it.collateral, error);
    });
  }

  it("steps over what it does not know, of every kind of JSON", async () => {
    const it = await deployed();
    const unknown = '"x":[1,-2.5e1,true,null,{"y":{"z":[]},"w":"}]"}],';
    await bring(
      it,
      rewritten(info(it), (text) => text.replace('"tcbType"', `${unknown}"tcbType"`)),
    );
    const row = await it.collateral.tcbInfoOf(1, `0x${OTHER}`);
    expect(row.evaluation).to.equal(17);
  });
});

describe("EnclaveCollateral.refreshQeIdentity", () => {
  const bringIdentity = ({ collateral }: EnclaveScenario, document: SignedText): Promise<unknown> =>
    collateral.refreshQeIdentity(Buffer.from(document.text), documentSignature(document, SIGNING));

  it("goes back neither in its number nor in its date", async () => {
    const it = await deployed();
    const later = { from: new Date(it.period.from.getTime() + 60_000), to: it.period.to };
    await expect(
      bringIdentity(it, simulatedQeIdentity("TDX", 17, it.period, QE_UP_TO_DATE)),
    ).to.be.revertedWithCustomError(it.collateral, "CollateralStale");
    await expect(
      bringIdentity(it, simulatedQeIdentity("TDX", 16, later, QE_UP_TO_DATE)),
    ).to.be.revertedWithCustomError(it.collateral, "CollateralStale");
    await expect(bringIdentity(it, simulatedQeIdentity("TDX", 17, later, QE_UP_TO_DATE)))
      .to.emit(it.collateral, "QeIdentityRefreshed")
      .withArgs(1n, 17n, later.from.getTime() / 1000, later.to.getTime() / 1000);
  });

  it("is signed by an authority for it, over every byte", async () => {
    const it = await deployed();
    const { collateral, authorities } = it;
    const later = { from: new Date(it.period.from.getTime() + 60_000), to: it.period.to };
    const document = simulatedQeIdentity("TDX", 17, later, QE_UP_TO_DATE);
    const changed = { ...document, text: document.text.replace('"isvsvn":4', '"isvsvn":3') };
    expect(changed.text).to.not.equal(document.text);
    await expect(bringIdentity(it, changed)).to.be.revertedWithCustomError(
      collateral,
      "CollateralSignatureInvalid",
    );
    const ca = simulatedPlatformCa().certificate;
    const text = Buffer.from(document.text);
    const byCa = { text: document.text, signature: sign(simulatedKey("platform-ca"), text) };
    await expect(
      collateral.refreshQeIdentity(text, documentSignature(byCa, ca)),
    ).to.be.revertedWithCustomError(authorities, "AuthorityRoleMismatch");
    await bringIdentity(it, document);
  });

  for (const [what, change] of [
    ["of another version", (it: string) => it.replace('"version":2', '"version":1')],
    ["of another enclave", (it: string) => it.replace("TD_QE", "QVE")],
    ["without a mask", (it: string) => it.replace("attributesMask", "attributesMusk")],
    ["without a signer", (it: string) => it.replace("mrsigner", "mrsignor")],
    [
      "with a product that needs 17 bits",
      (it: string) => it.replace('"isvprodid":2', '"isvprodid":65536'),
    ],
  ] as const) {
    it(`reverts with QeIdentityUnsupported for one ${what}, though it is signed`, async () => {
      const it = await deployed();
      const later = { from: new Date(it.period.from.getTime() + 60_000), to: it.period.to };
      const text = change(simulatedQeIdentity("TDX", 17, later, QE_UP_TO_DATE).text);
      const signature = sign(simulatedKey("tcb-signing"), Buffer.from(text));
      await expect(bringIdentity(it, { text, signature })).to.be.revertedWithCustomError(
        it.collateral,
        "QeIdentityUnsupported",
      );
    });
  }
});
