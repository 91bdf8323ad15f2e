import { type QuoteStruct, quoteStruct, readQuote } from "@vouch/attestation";
import { sign, simulateQuote } from "@vouch/attestation/simulated";
import { expect } from "chai";
import { connection } from "../../helpers/deployVouch.ts";
import {
  type EnclaveScenario,
  TEE_TCB_SVN,
  deployEnclaves,
} from "../../helpers/enclaveScenario.ts";

const { networkHelpers } = connection;
const deployed = () => networkHelpers.loadFixture(deployEnclaves);
const td = { version: 4, teeTcbSvn: TEE_TCB_SVN } as const;

function quoteOf(platform: EnclaveScenario["platform"], tdx: boolean): QuoteStruct {
  const options = { platform, reportData: new Uint8Array(64).fill(7), qeSvn: 4 };
  return quoteStruct(readQuote(simulateQuote(tdx ? { ...options, td } : options)));
}

/** The quote with one bit of the quoting enclave's report changed, as the platform would sign it. */
function withReportBit(
  quote: QuoteStruct,
  { key }: EnclaveScenario["platform"],
  index: number,
  bit: number,
): QuoteStruct {
  const report = Buffer.from(quote.qeReport.slice(2), "hex");
  report[index] = (report[index] ?? 0) ^ (1 << bit);
  const signature = Buffer.from(sign(key, report));
  return {
    ...quote,
    qeReport: `0x${report.toString("hex")}`,
    certification: {
      ...quote.certification,
      r: `0x${signature.subarray(0, 32).toString("hex")}`,
      s: `0x${signature.subarray(32).toString("hex")}`,
    },
  };
}

describe("DcapVerifier.assess of a quoting enclave", () => {
  for (const [what, index, bit] of [
    ["whose MISCSELECT is another", 16, 0],
    ["in debug mode", 48, 1],
    ["with another attribute", 48, 3],
    ["of another signer", 128, 0],
    ["of another product", 256, 0],
  ] as const) {
    it(`reverts with QeMismatch for one ${what}, though its platform signed it`, async () => {
      const { verifier, platform } = await deployed();
      for (const tdx of [true, false]) {
        const quote = quoteOf(platform, tdx);
        await verifier.assess(quote);
        await expect(
          verifier.assess(withReportBit(quote, platform, index, bit)),
        ).to.be.revertedWithCustomError(verifier, "QeMismatch");
      }
    });
  }

  it("takes one whose report differs where the identity does not look", async () => {
    const { verifier, platform } = await deployed();
    const other = withReportBit(quoteOf(platform, true), platform, 64, 0);
    await verifier.assess(other);
  });

  it("does not take that of SGX for that of TDX, nor the other way round", async () => {
    const { verifier, platform } = await deployed();
    const [tdx, sgx] = [quoteOf(platform, true), quoteOf(platform, false)];
    for (const [quote, other] of [
      [tdx, sgx],
      [sgx, tdx],
    ] as const) {
      // The report, its signature and what it binds are those of the other quote, whose attestation key is the same.
      const swapped = { ...other, signed: quote.signed, attestation: quote.attestation };
      await expect(verifier.assess(swapped)).to.be.revertedWithCustomError(verifier, "QeMismatch");
    }
  });

  it("says of which module a TD is, and none of an enclave", async () => {
    const { verifier, platform, platformId } = await deployed();
    const [, ofTd] = await verifier.assess(quoteOf(platform, true));
    const [, ofEnclave] = await verifier.assess(quoteOf(platform, false));
    expect([ofTd.platform, ofTd.qeSvn]).to.deep.equal([platformId, 4n]);
    expect(ofTd.module.teeTcbSvn).to.equal(`0x${Buffer.from(TEE_TCB_SVN).toString("hex")}`);
    expect([ofEnclave.platform, ofEnclave.qeSvn]).to.deep.equal([platformId, 4n]);
    expect([...ofEnclave.module]).to.deep.equal([
      `0x${"00".repeat(16)}`,
      `0x${"00".repeat(8)}`,
      `0x${"00".repeat(32)}`,
    ]);
  });
});
