import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { readDeployment } from "@vouch/worker";
import { expect } from "chai";
import { codeOf } from "../../../helpers/codeOf.ts";

const address = (byte: string): string => `0x${byte.repeat(20)}`;
const deployment = {
  ...{ chainId: "11155111", fromBlock: 0, anchor: `0x${"0a".repeat(32)}` },
  ...{ modelRegistry: address("a1"), circuitRegistry: address("a2"), stakeVault: address("a3") },
  ...{ signatureEvidence: address("a6"), evidenceRouter: address("a4") },
  ...{ inferenceRequests: address("a5"), requestFunding: address("a8") },
  ...{ receiptLedger: address("a9"), policyQuotes: address("a7") },
  ...{ enclaveAuthorities: address("b1"), enclaveCollateral: address("b2") },
  ...{ dcapVerifier: address("b3"), simulatedAuthorities: address("b4") },
  ...{ simulatedCollateral: address("b5"), simulatedVerifier: address("b6") },
  ...{ enclaveRegistry: address("b7"), nitroRegistrars: address("b8") },
};

describe("readDeployment", () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "vouch-deployment-"));
    path = join(folder, "deployment.json");
    writeFileSync(path, JSON.stringify(deployment));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("reads where the contracts of the endpoints' chain are", () => {
    expect(readDeployment(path, 11_155_111n)).to.deep.equal(deployment);
  });

  it("refuses a file that is another than was meant, and repeats nothing of it", () => {
    const key = "4c".repeat(32);
    writeFileSync(path, key);
    for (const [at, code] of [
      [path, "DEPLOYMENT_MALFORMED"],
      [key, "DEPLOYMENT_MISSING"],
    ] as const) {
      const error = thrownBy(() => readDeployment(at, 1n));
      expect(error).to.have.property("code", code);
      expect(inspect(error, { depth: 9 })).to.not.include(key.slice(0, 8));
    }
  });

  it("refuses the contracts of another chain than the endpoints'", () => {
    expect(codeOf(() => readDeployment(path, 1n))).to.equal("DEPLOYMENT_OF_OTHER_CHAIN");
  });

  it("refuses a file that is not there", () => {
    const missing = join(folder, "missing.json");
    expect(codeOf(() => readDeployment(missing, 1n))).to.equal("DEPLOYMENT_MISSING");
  });
});

function thrownBy(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}
