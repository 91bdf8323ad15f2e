import {
  AttestationError,
  type Collateral,
  keyIdOf,
  pemOf,
  quoteStruct,
  readCollateral,
  readPemChain,
  readQuote,
  readServiceAnswer,
  verifyQuote,
} from "@vouch/attestation";
import type { SimulatedQuoteOptions } from "@vouch/attestation/simulated";
import {
  simulateQuote,
  simulatedPlatform,
  simulatedPlatformCa,
  simulatedQeIdentity,
  simulatedRevocations,
  simulatedRoot,
  simulatedTcbInfo,
  simulatedTcbSigning,
} from "@vouch/attestation/simulated";
import { expect } from "chai";
import { codeOf } from "../../helpers/codeOf.ts";

const SVNS = [3, 3, 2, 2, 4, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0];
const TDX_SVNS = [5, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const FMSPC = "00b06f000000";
const PERIOD = { from: new Date("2026-01-01T00:00:00Z"), to: new Date("2026-01-31T00:00:00Z") };
const NOW = Date.parse("2026-01-10T00:00:00Z") / 1000;
const platform = simulatedPlatform("unit", 5n, { components: SVNS, pceSvn: 11, fmspc: FMSPC });
const TD = { version: 4, teeTcbSvn: [5, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] } as const;

const quoteOf = (overrides: Partial<SimulatedQuoteOptions> = { td: TD }): Uint8Array =>
  simulateQuote({ platform, reportData: new Uint8Array(64).fill(9), qeSvn: 4, ...overrides });

const collateral = (status = "UpToDate"): Collateral => ({
  rootRevocations: simulatedRevocations("root", PERIOD),
  pckRevocations: simulatedRevocations("platformCa", PERIOD),
  signingChain: [simulatedTcbSigning().certificate, simulatedRoot().certificate],
  tcbInfo: simulatedTcbInfo({
    tee: "TDX",
    fmspc: FMSPC,
    evaluation: 17,
    period: PERIOD,
    levels: [{ sgx: SVNS, pceSvn: 11, tdx: TDX_SVNS, status, advisories: ["INTEL-SA-00615"] }],
    modules: [{ version: 1, levels: [{ isvSvn: 4, status: "UpToDate" }] }],
  }),
  qeIdentity: simulatedQeIdentity("TDX", 17, PERIOD, [{ isvSvn: 4, status: "UpToDate" }]),
});

describe("readQuote", () => {
  for (const [what, overrides, version, bytes] of [
    ["an SGX quote", { enclave: {} }, 3, 384],
    ["a TDX quote", { td: TD }, 4, 584],
    ["one of version 5", { td: { ...TD, version: 5 as const } }, 5, 648],
  ] as const) {
    it(`takes ${what} apart, and counts the bytes that trail it`, () => {
      const quote = readQuote(Uint8Array.from([...quoteOf(overrides), 1, 2, 3]));
      expect([quote.version, quote.body.length, quote.trailing]).to.deep.equal([version, bytes, 3]);
      expect(quote.chain.map(keyIdOf)).to.deep.equal(
        [platform, simulatedPlatformCa(), simulatedRoot()].map((it) => keyIdOf(it.certificate)),
      );
      expect(quoteStruct(quote).signed.length).to.equal(2 + 2 * quote.signed.length);
    });
  }

  it("names what is missing of one that is cut anywhere", () => {
    const whole = quoteOf();
    for (let length = 0; length < whole.length; length += 7) {
      const code = codeOf(() => readQuote(whole.slice(0, length)));
      expect(code, `${String(length)} bytes`).to.equal("QUOTE_MALFORMED");
    }
  });

  for (const [field, offset, value] of [
    ["version", 0, 6],
    ["attestation key type", 2, 3],
    ["TEE type", 4, 0x82],
  ] as const) {
    it(`refuses another ${field} by name`, () => {
      const bytes = quoteOf();
      bytes[offset] = value;
      expect(codeOf(() => readQuote(bytes))).to.equal("QUOTE_UNSUPPORTED");
      expect(() => readQuote(bytes)).to.throw(AttestationError, field);
    });
  }

  it("refuses a body of version 5 whose size is not that of its type", () => {
    const bytes = quoteOf({ td: { ...TD, version: 5 } });
    bytes[50] = 0x48;
    expect(codeOf(() => readQuote(bytes))).to.equal("QUOTE_UNSUPPORTED");
  });
});

describe("readQuote, of bytes that are no end of", () => {
  it("refuses more than 64 KiB before it looks at them", () => {
    expect(() => readQuote(new Uint8Array((64 << 10) + 1)))
      .to.throw(AttestationError)
      .with.property("failure")
      .that.includes({ code: "QUOTE_MALFORMED", field: "length" });
  });
});

describe("verifyQuote", () => {
  const root = simulatedRoot().certificate;

  it("says how the platform stands, below the root that it is given", () => {
    const verdict = verifyQuote(quoteOf(), collateral("SWHardeningNeeded"), NOW, root);
    expect(verdict).to.deep.equal({ status: "SWHardeningNeeded", advisories: ["INTEL-SA-00615"] });
  });

  for (const [what, attempt] of [
    ["a simulated quote below Intel's root", () => verifyQuote(quoteOf(), collateral(), NOW)],
    [
      "collateral that is over",
      () => verifyQuote(quoteOf(), collateral(), NOW + 40 * 86_400, root),
    ],
    [
      "a quote with a bit changed",
      () => {
        const bytes = quoteOf();
        bytes[200] = 1;
        return verifyQuote(bytes, collateral(), NOW, root);
      },
    ],
  ] as const) {
    it(`refuses ${what}, with the reason`, () => {
      expect(codeOf(attempt)).to.equal("QUOTE_REFUSED");
    });
  }
});

describe("readCollateral", () => {
  const { rootRevocations, pckRevocations, signingChain, tcbInfo, qeIdentity } = collateral();
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
  const file = {
    root_ca_crl: hex(rootRevocations),
    pck_crl: hex(pckRevocations),
    tcb_info_issuer_chain: signingChain.map(pemOf).join(""),
    tcb_info: tcbInfo.text,
    tcb_info_signature: hex(tcbInfo.signature),
    qe_identity: qeIdentity.text,
    qe_identity_signature: hex(qeIdentity.signature),
  };

  it("reads what was written, documents to the byte", () => {
    const read = readCollateral(JSON.stringify(file));
    expect(read.tcbInfo.text).to.equal(tcbInfo.text);
    expect(read.signingChain).to.deep.equal(signingChain);
    expect(read.rootRevocations).to.deep.equal(rootRevocations);
  });

  it("names the member that is not there, and what is no JSON", () => {
    const { pck_crl, ...rest } = file;
    expect(pck_crl.length).to.be.greaterThan(0);
    expect(() => readCollateral(JSON.stringify(rest))).to.throw(AttestationError, "pck_crl");
    expect(codeOf(() => readCollateral("{"))).to.equal("COLLATERAL_MALFORMED");
  });

  it("takes a document out of the service's answer as it was signed", () => {
    const text = '{ "kept":  "as it stands" }';
    const answer = `{"tcbInfo":${text},"signature":"${"ab".repeat(64)}"}\n`;
    const document = readServiceAnswer(answer, "tcbInfo");
    expect(document.text).to.equal(text);
    expect(document.signature).to.deep.equal(new Uint8Array(64).fill(0xab));
    for (const wrong of [
      answer.replace("tcbInfo", "tcbinfo"),
      answer.replace("abab", "ab"),
      "{}",
    ]) {
      expect(codeOf(() => readServiceAnswer(wrong, "tcbInfo"))).to.equal("COLLATERAL_MALFORMED");
    }
  });

  it("looks at every character of a chain once, where none of its certificates ends", () => {
    const text = "-----BEGIN CERTIFICATE-----\n".repeat(40_000);
    const started = performance.now();
    expect(readPemChain(text)).to.deep.equal([]);
    expect(performance.now() - started).to.be.lessThan(1000); // 22 s where each looks for its end
  });

  for (const member of ["root_ca_crl", "tcb_info", "tcb_info_issuer_chain"] as const) {
    it(`refuses a ${member} that is longer than any vendor's`, () => {
      const long = { ...file, [member]: "00".repeat(5 << 20) };
      expect(() => readCollateral(JSON.stringify(long)))
        .to.throw(AttestationError)
        .with.property("failure")
        .that.includes({ code: "COLLATERAL_MALFORMED", field: `file, ${member},` });
    });
  }

  it("reads certificates out of text, whatever stands between them", () => {
    expect(readPemChain(`noise\n${signingChain.map(pemOf).join("between\n")}\0`)).to.deep.equal(
      signingChain,
    );
  });
});
