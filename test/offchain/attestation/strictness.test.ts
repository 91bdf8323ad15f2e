import type { Collateral, SignedText } from "@vouch/attestation";
import { explainQuote, readQeIdentity, readTcbInfo } from "@vouch/attestation";
import {
  simulateQuote,
  simulatedCollateral,
  simulatedKey,
  simulatedPlatform,
  simulatedPlatformCa,
} from "@vouch/attestation/simulated";
import { KeyUsageFlags } from "@peculiar/asn1-x509";
import { expect } from "chai";
import {
  makeCertificate,
  makeRevocationList,
} from "../../../offchain/attestation/simulated/certificates.ts";
import { pemOf } from "../../../offchain/attestation/collateral.ts";
import { codeOf } from "../../helpers/codeOf.ts";

const SVNS = Array<number>(16).fill(2);
const FMSPC = "00b06f000000";
const PERIOD = { from: new Date("2026-01-01T00:00:00Z"), to: new Date("2026-01-31T00:00:00Z") };
const TIME = Date.parse("2026-01-10T00:00:00Z") / 1000;
const LEVEL = [{ isvSvn: 4, status: "UpToDate" }];
const collateralOf = (tee: "SGX" | "TDX"): Collateral =>
  simulatedCollateral({
    ...{ tee, fmspc: FMSPC, period: PERIOD, evaluation: 17, qeLevels: LEVEL },
    levels: [
      {
        sgx: SVNS,
        pceSvn: 11,
        status: "UpToDate",
        advisories: ["INTEL-SA-00615"],
        ...(tee === "TDX" ? { tdx: SVNS } : {}),
      },
    ],
    ...(tee === "TDX" ? { modules: [{ version: 1, levels: LEVEL }] } : {}),
  });
const COLLATERAL = collateralOf("TDX");
const ROOT = { commonName: "Simulated SGX Root CA", key: simulatedKey("root") };
const PLATFORM_CA = {
  commonName: "Intel SGX PCK Platform CA",
  key: simulatedKey("platform-ca"),
};
const VALIDITY = {
  notBefore: new Date("2024-01-01T00:00:00Z"),
  notAfter: new Date("2049-01-01T00:00:00Z"),
};

/** What the contracts refuse (Dates, Json, TcbInfo, X509) is refused here too, whoever signed it. */
describe("documents that contracts refuse", () => {
  for (const [what, tee, from, to] of [
    ["a 30th of February", "TDX", "2026-01-31T00:00:00Z", "2026-02-30T00:00:00Z"],
    ["a 29th of February in a common year", "TDX", "2026-01-31T00:00:00Z", "2026-02-29T00:00:00Z"],
    ["the hour 24", "TDX", "2026-01-31T00:00:00Z", "2026-01-31T24:00:00Z"],
    ["an escape in a string", "TDX", "INTEL-SA-00615", "INTEL-SA\\\\00615"],
    ["a module's name in lower case", "TDX", "TDX_01", "tdx_01"],
    ["TDX components in a document of SGX", "TDX", '"id":"TDX"', '"id":"SGX"'],
    ["no TDX components in one of TDX", "SGX", '"id":"SGX"', '"id":"TDX"'],
  ] as const) {
    it(`refuses TCB info with ${what}`, () => {
      expect(codeOf(() => readTcbInfo(changed(collateralOf(tee).tcbInfo, from, to)))).to.equal(
        "COLLATERAL_MALFORMED",
      );
    });
  }

  it("reads what is at the edge of that: a leap day, the last second, a module in capitals", () => {
    const leap = changed(COLLATERAL.tcbInfo, "2026-01-31T00:00:00Z", "2028-02-29T23:59:59Z");
    expect(readTcbInfo(leap).nextUpdate).to.equal(Date.UTC(2028, 1, 29, 23, 59, 59) / 1000);
    const { modules } = readTcbInfo(changed(COLLATERAL.tcbInfo, "TDX_01", "TDX_0A"));
    expect(modules.map(({ version }) => version)).to.deep.equal([0, 10]);
  });

  it("refuses an identity of the quoting enclave with a 30th of February", () => {
    const text = changed(COLLATERAL.qeIdentity, "2026-01-31T00:00:00Z", "2026-02-30T00:00:00Z");
    expect(codeOf(() => readQeIdentity(text))).to.equal("COLLATERAL_MALFORMED");
  });
});

describe("authorities that contracts refuse", () => {
  const quote = simulateQuote({
    platform: simulatedPlatform("unit", 5n, { components: SVNS, pceSvn: 11, fmspc: FMSPC }),
    reportData: new Uint8Array(64),
    qeSvn: 4,
    td: { version: 4, teeTcbSvn: [4, 1, ...SVNS.slice(2)] },
  });

  /** The quote with another certificate of the same length for its platform's authority. */
  function withAuthority(usage: KeyUsageFlags): Uint8Array {
    const certificate = makeCertificate({
      ...VALIDITY,
      commonName: PLATFORM_CA.commonName,
      publicKey: PLATFORM_CA.key.publicKey,
      issuer: ROOT,
      serial: 2n,
      isAuthority: true,
      usage,
    });
    const old = Buffer.from(pemOf(simulatedPlatformCa().certificate), "latin1");
    const bytes = Buffer.from(quote);
    const at = bytes.indexOf(old);
    expect(at).to.be.greaterThan(0);
    const pem = Buffer.from(pemOf(certificate).trimEnd(), "latin1");
    // A shorter text is followed by lines that belong to no certificate.
    const padded = Buffer.alloc(old.length, "\n");
    expect(pem.length).to.be.at.most(padded.length);
    pem.copy(padded);
    padded.copy(bytes, at);
    return Uint8Array.from(bytes);
  }

  const outcomeOf = (bytes: Uint8Array, collateral = COLLATERAL): object =>
    explainQuote(bytes, { collateral, time: TIME }).outcome;

  it("refuses one that may sign no lists", () => {
    const { keyCertSign, cRLSign } = KeyUsageFlags;
    expect(outcomeOf(withAuthority(keyCertSign | cRLSign))).to.include({ status: "verified" });
    expect(outcomeOf(withAuthority(keyCertSign))).to.include({
      status: "refused",
      check: "certificate chain",
    });
  });

  it("refuses a list that names another issuer than the one that signed it", () => {
    const listOf = (commonName: string): Collateral => ({
      ...COLLATERAL,
      pckRevocations: makeRevocationList({
        issuer: { ...PLATFORM_CA, commonName },
        number: 1,
        thisUpdate: PERIOD.from,
        nextUpdate: PERIOD.to,
        revoked: [],
      }),
    });
    expect(outcomeOf(quote, listOf(PLATFORM_CA.commonName))).to.include({ status: "verified" });
    expect(outcomeOf(quote, listOf("Intel SGX PCK Processor CA"))).to.include({
      status: "refused",
      check: "revocation lists",
    });
  });
});

/** The document's text with one thing changed. */
function changed({ text }: SignedText, from: string, to: string): string {
  expect(text).to.include(from);
  return text.replaceAll(from, to);
}
