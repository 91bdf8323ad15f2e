import { explainQuote, keyIdOf, readPckPlatform, readQuote, verifyQuote } from "@vouch/attestation";
import {
  simulateQuote,
  simulatedCollateral,
  simulatedKey,
  type SimulatedCollateralOptions,
  simulatedPlatform,
  simulatedPlatformCa,
  type SimulatedQuoteOptions,
  simulatedRoot,
} from "@vouch/attestation/simulated";
import { expect } from "chai";
import {
  bufferOf,
  extension,
  makeCertificate,
} from "../../../offchain/attestation/simulated/certificates.ts";
import { codeOf } from "../../helpers/codeOf.ts";
import { MUTATIONS, forgeries } from "../../helpers/mutateQuote.ts";

const SVNS = [3, 200, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0];
const FMSPC = "00b06f000000";
const PERIOD = { from: new Date("2026-01-01T00:00:00Z"), to: new Date("2026-01-31T00:00:00Z") };
const TIME = Date.parse("2026-01-10T00:00:00Z") / 1000;
const platform = simulatedPlatform("unit", 5n, { components: SVNS, pceSvn: 300, fmspc: FMSPC });
const TD = { version: 4, teeTcbSvn: [4, 1, 2, ...Array<number>(13).fill(0)] } as const;
const root = simulatedRoot().certificate;

const quoteOf = (overrides: Partial<SimulatedQuoteOptions> = { td: TD }): Uint8Array =>
  simulateQuote({ platform, reportData: new Uint8Array(64).fill(9), qeSvn: 4, ...overrides });
const collateral = (overrides: Partial<SimulatedCollateralOptions> = {}) =>
  simulatedCollateral({
    tee: "TDX",
    fmspc: FMSPC,
    period: PERIOD,
    evaluation: 17,
    levels: [
      {
        sgx: SVNS,
        pceSvn: 300,
        tdx: TD.teeTcbSvn,
        status: "SWHardeningNeeded",
        advisories: ["INTEL-SA-00615"],
      },
    ],
    modules: [{ version: 1, levels: [{ isvSvn: 4, status: "UpToDate" }] }],
    qeLevels: [
      { isvSvn: 5, status: "UpToDate" },
      { isvSvn: 2, status: "OutOfDate", advisories: ["INTEL-SA-00001"] },
    ],
    ...overrides,
  });

const hexOf = (text: string): string => Buffer.from(text).toString("hex");

describe("explainQuote", () => {
  it("tells fields, platform, levels and what they amount to", () => {
    const bytes = Uint8Array.from([...quoteOf(), 1, 2]);
    const it = explainQuote(bytes, { collateral: collateral(), time: TIME });
    expect([it.tee, it.body.type, it.simulated, it.trailing]).to.deep.equal([
      "TDX",
      "TD 1.0",
      true,
      2,
    ]);
    expect(it.platform).to.deep.equal({
      components: SVNS,
      pceSvn: 300,
      fmspc: FMSPC,
      pceId: "0000",
    });
    expect(it.tcb?.platform.status).to.equal("SWHardeningNeeded");
    expect(it.tcb?.module).to.deep.equal({ isvSvn: 4, status: "UpToDate", advisories: [] });
    expect(it.tcb?.quotingEnclave.isvSvn).to.equal(2);
    expect(it.outcome).to.deep.equal({
      status: "verified",
      tcb: "OutOfDate",
      advisories: ["INTEL-SA-00001", "INTEL-SA-00615"],
    });
    expect(it.checks.map(({ outcome }) => outcome)).to.deep.equal(Array(12).fill("passed"));
  });

  it("says since when a certificate is revoked, and refuses for it", () => {
    const date = new Date("2026-01-05T00:00:00Z");
    const revoked = collateral({ revoked: [{ serial: 5n, date }] });
    const it = explainQuote(quoteOf(), { collateral: revoked, time: TIME });
    expect(it.certificates.map((one) => one.revoked)).to.deep.equal([
      date.getTime() / 1000,
      "never",
      "unknown",
    ]);
    expect(it.outcome).to.include({ status: "refused", check: "revocation" });
    expect(it.tcb?.status).to.equal("OutOfDate");
  });

  it("works without collateral: what was not tried, and how to get it", () => {
    const it = explainQuote(quoteOf(), { time: TIME });
    const untried = it.checks.filter(({ outcome }) => outcome === "not tried");
    expect(untried.length).to.equal(6);
    for (const check of untried) expect(check).to.have.property("remedy").that.is.not.empty;
    expect([it.outcome.status, it.tcb]).to.deep.equal(["read", undefined]);
    expect(new Set(it.certificates.map((one) => one.revoked))).to.deep.equal(new Set(["unknown"]));
  });

  it("names the field of one that is cut anywhere, and throws nothing else", () => {
    const whole = quoteOf();
    for (let length = 0; length < whole.length; length += 13) {
      const code = codeOf(() => explainQuote(whole.slice(0, length), { time: TIME }));
      expect(code, `${length} bytes`).to.equal("QUOTE_MALFORMED");
    }
  });

  it("explains a chain without the platform's certificate, and says so", () => {
    const text = Buffer.from(quoteOf()).toString("latin1");
    const without = Buffer.from(text.replaceAll("BEGIN CERT", "BEGIN CART"), "latin1");
    const it = explainQuote(without, { collateral: collateral(), time: TIME });
    expect([it.certificates, it.platform, it.simulated]).to.deep.equal([[], undefined, false]);
    expect(it.outcome).to.include({ status: "refused", check: "certificate chain" });
  });

  for (const [what, check, overrides, change, time] of [
    ["collateral of another time", "signing authority", {}, {}, 0],
    ["lists that are over", "revocation lists", {}, {}, TIME + 40 * 86_400],
    ["documents of SGX", "TCB info", { tee: "SGX" }, {}, TIME],
    ["documents of another model", "TCB info", { fmspc: "00906ed50000" }, {}, TIME],
    ["a module without an identity", "TCB level", { modules: [] }, {}, TIME],
    ["a document that nobody signed", "TCB info", {}, "tcbInfo", TIME],
    ["an identity that nobody signed", "QE identity", {}, "qeIdentity", TIME],
  ] as const) {
    it(`refuses ${what}, by ${check}`, () => {
      const given = collateral(overrides);
      const documents =
        typeof change === "string"
          ? { ...given, [change]: { ...given[change], signature: new Uint8Array(64).fill(1) } }
          : given;
      const { checks } = explainQuote(quoteOf(), { collateral: documents, time });
      const failed = checks.filter(({ outcome }) => outcome === "failed").map(({ name }) => name);
      expect(failed).to.include(check);
      const attempt = () => verifyQuote(quoteOf(), documents, time, root);
      expect(codeOf(attempt)).to.equal("QUOTE_REFUSED");
    });
  }

  for (const [what, list] of [
    ["the root's list, by another", { rootRevocations: collateral().pckRevocations }],
    ["the list of PCK certificates, by another", { pckRevocations: collateral().rootRevocations }],
  ] as const) {
    it(`refuses ${what}: a list that nobody signed revokes nothing and clears nobody`, () => {
      const { outcome } = explainQuote(quoteOf(), {
        collateral: { ...collateral(), ...list },
        time: TIME,
      });
      expect(outcome).to.include({ status: "refused", check: "revocation lists" });
    });
  }

  it("refuses a certificate with a critical extension that it does not know", () => {
    const { key } = platform;
    const certificate = makeCertificate({
      commonName: "Intel SGX PCK Certificate",
      publicKey: key.publicKey,
      issuer: { commonName: "Intel SGX PCK Platform CA", key: simulatedKey("platform-ca") },
      serial: 9n,
      notBefore: new Date("2024-01-01T00:00:00Z"),
      notAfter: new Date("2049-01-01T00:00:00Z"),
      isAuthority: false,
      extensions: [extension("1.2.3.4", bufferOf(Uint8Array.of(5, 0)), true)],
    });
    const quote = quoteOf({ td: TD, platform: { certificate, key } });
    const { outcome } = explainQuote(quote, { time: TIME });
    expect(outcome).to.include({ status: "refused", check: "certificate chain" });
  });

  for (const [what, from, to] of [
    ["a negative serial number", "020105", "020185"],
    ["a key of an algorithm that nobody knows", "2a8648ce3d0201", "2a8648ce3d027f"],
    ["a key on another curve", "2a8648ce3d030107", "2a8648ce3d030101"],
    ["an end in a thirteenth month", hexOf("490101"), hexOf("491301")],
    ["an extension that is none", "0603551d0f", "0603551d13"],
  ] as const) {
    it(`throws nothing for a platform's certificate with ${what}, and refuses it`, () => {
      const hex = Buffer.from(platform.certificate).toString("hex");
      expect(hex).to.include(from);
      const certificate = Uint8Array.from(Buffer.from(hex.replace(from, to), "hex"));
      const quote = quoteOf({ td: TD, platform: { ...platform, certificate } });
      const { outcome } = explainQuote(quote, { collateral: collateral(), time: TIME });
      expect(outcome).to.include({ status: "refused", check: "certificate chain" });
    });
  }

  it("refuses a list whose serial numbers are negative", () => {
    const list = collateral({ revoked: [{ serial: 0x1234567890n, date: PERIOD.from }] });
    const hex = Buffer.from(list.pckRevocations)
      .toString("hex")
      .replace("1234567890", "9234567890");
    const pckRevocations = Uint8Array.from(Buffer.from(hex, "hex"));
    const given = { ...collateral(), pckRevocations };
    const { outcome } = explainQuote(quoteOf(), { collateral: given, time: TIME });
    expect(outcome).to.include({ status: "refused", check: "revocation lists" });
  });

  it("refuses a platform whose authority another root certified", () => {
    const attempt = () => verifyQuote(quoteOf(), collateral(), TIME);
    expect(codeOf(attempt)).to.equal("QUOTE_REFUSED");
  });
});

describe("verifyQuote, of a quote that is not the one that was signed", () => {
  for (const [what, overrides, tee] of [
    ["a TDX quote of version 4", { td: TD }, "TDX"],
    ["one of version 5", { td: { ...TD, version: 5 as const } }, "TDX"],
    ["an SGX quote", { enclave: {} }, "SGX"],
  ] as const) {
    it(`takes no forgery in ${MUTATIONS} changes of one bit of ${what}`, function () {
      this.timeout(300_000);
      const documents = collateral({ tee });
      const quote = quoteOf(overrides);
      verifyQuote(quote, documents, TIME, root);
      expect(forgeries(quote, (it) => verifyQuote(it, documents, TIME, root))).to.deep.equal([]);
    });
  }
});

describe("readPckPlatform", () => {
  it("reads versions above 127 as what they are", () => {
    expect(readPckPlatform(platform.certificate)).to.deep.include({
      components: SVNS,
      pceSvn: 300,
    });
  });

  it("refuses a certificate without the extension", () => {
    expect(codeOf(() => readPckPlatform(simulatedPlatformCa().certificate))).to.equal(
      "QUOTE_MALFORMED",
    );
  });

  it("refuses an extension that lacks components, or has one too large", () => {
    for (const components of [SVNS.slice(1), SVNS.map((svn) => svn + 200)]) {
      const { certificate } = simulatedPlatform("odd", 6n, { components, pceSvn: 1, fmspc: FMSPC });
      expect(keyIdOf(certificate).length).to.equal(66);
      expect(codeOf(() => readPckPlatform(certificate))).to.equal("QUOTE_MALFORMED");
    }
  });
});

describe("readQuote", () => {
  it("refuses an SGX body in a TDX quote of version 5", () => {
    const bytes = quoteOf({ td: { ...TD, version: 5 } });
    bytes[48] = 1;
    expect(codeOf(() => readQuote(bytes))).to.equal("QUOTE_UNSUPPORTED");
  });

  it("names the chain where it holds what is no certificate", () => {
    const text = Buffer.from(quoteOf()).toString("latin1");
    const broken = Buffer.from(text.replaceAll("\nMI", "\n00"), "latin1");
    expect(codeOf(() => readQuote(broken))).to.equal("QUOTE_MALFORMED");
  });
});
