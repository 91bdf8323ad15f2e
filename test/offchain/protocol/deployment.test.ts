import { parseDeployment } from "@vouch/protocol";
import { expect } from "chai";

const address = (byte: string): string => `0x${byte.repeat(20)}`;
const deployment = {
  chainId: "31337",
  fromBlock: 0,
  anchor: `0x${"0a".repeat(32)}`,
  modelRegistry: address("a1"),
  circuitRegistry: address("a2"),
  stakeVault: address("a3"),
  signatureEvidence: address("a6"),
  evidenceRouter: address("a4"),
  inferenceRequests: address("a5"),
  requestFunding: address("a8"),
  receiptLedger: address("a9"),
  policyQuotes: address("a7"),
  enclaveAuthorities: address("b1"),
  enclaveCollateral: address("b2"),
  dcapVerifier: address("b3"),
  simulatedAuthorities: address("b4"),
  simulatedCollateral: address("b5"),
  simulatedVerifier: address("b6"),
  enclaveRegistry: address("b7"),
  nitroRegistrars: address("b8"),
};

describe("parseDeployment", () => {
  it("keeps addresses in lower case", () => {
    const upper = { ...deployment, stakeVault: `0x${"A3".repeat(20)}` };
    expect(parseDeployment(upper)).to.deep.equal(deployment);
  });

  for (const [field, bad] of [
    ["chainId", 31_337],
    ["chainId", "0x7a69"],
    ["fromBlock", -1],
    ["fromBlock", 0.5],
    ["anchor", address("0a")],
    ["modelRegistry", "0x00"],
    ["circuitRegistry", undefined],
    ["stakeVault", address("zz")],
    ["evidenceRouter", null],
    ["inferenceRequests", `${address("a5")}00`],
    ["requestFunding", undefined],
  ] as const) {
    it(`refuses ${String(bad)} as ${field}, naming it`, () => {
      expect(() => parseDeployment({ ...deployment, [field]: bad }))
        .to.throw()
        .with.property("data")
        .that.satisfies(
          (data: { code: string; reason: string }) =>
            data.code === "DEPLOYMENT_MALFORMED" && data.reason.startsWith(field),
        );
    });
  }
});
