import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { readSettings } from "../../../offchain/indexer/settings.ts";

const CONTRACTS = [
  ...["modelRegistry", "circuitRegistry", "stakeVault", "signatureEvidence", "evidenceRouter"],
  ...["inferenceRequests", "requestFunding", "receiptLedger", "policyQuotes", "nitroRegistrars"],
  ...["enclaveAuthorities", "enclaveCollateral", "dcapVerifier", "enclaveRegistry"],
  ...["simulatedAuthorities", "simulatedCollateral", "simulatedVerifier"],
];
const ADDRESS = `0x${"a1".repeat(20)}`;
const record = {
  chainId: "31337",
  fromBlock: 3,
  anchor: `0x${"0a".repeat(32)}`,
  ...Object.fromEntries(CONTRACTS.map((name) => [name, ADDRESS])),
};

describe("settings of the indexer", () => {
  const folder = mkdtempSync(join(tmpdir(), "vouch-settings-"));
  const file = join(folder, "deployment.json");
  writeFileSync(file, JSON.stringify(record));
  const complete = { VOUCH_DEPLOYMENT: file, VOUCH_RPC_URL: "http://127.0.0.1:8545" };
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("are complete with a deployment and an endpoint", () => {
    const { rpc, home, database, scheduler, pollMs } = readSettings(complete);
    expect({ rpc, database, scheduler, pollMs }).to.deep.equal({
      rpc: "http://127.0.0.1:8545",
      ...{ database: undefined, scheduler: undefined, pollMs: 1000 },
    });
    expect(home.endsWith(join(".vouch", "indexer", "31337-0a0a0a0a"))).to.equal(true);
  });

  it("spare an endpoint that others share, and no endpoint of this machine", () => {
    const askedOf = (rpc: string, more = {}) => {
      const { rate, logRange } = readSettings({ ...complete, VOUCH_RPC_URL: rpc, ...more });
      return { rate, logRange };
    };
    for (const own of ["http://127.0.0.1:8545", "http://localhost:8545", "http://[::1]:8545"])
      expect(askedOf(own)).to.deep.equal({ rate: 1000, logRange: 10_000 });
    const shared = "https://a.example";
    expect(askedOf(shared)).to.deep.equal({ rate: undefined, logRange: undefined });
    const told = { VOUCH_RPC_RATE: "100", VOUCH_RPC_LOG_RANGE: "2000" };
    expect(askedOf(shared, told)).to.deep.equal({ rate: 100, logRange: 2000 });
  });

  it("take the scheduler from the variable before the record", () => {
    const recorded = join(folder, "with-scheduler.json");
    writeFileSync(recorded, JSON.stringify({ ...record, scheduler: ADDRESS }));
    const other = `0x${"B2".repeat(20)}`;
    const settings = { ...complete, VOUCH_DEPLOYMENT: recorded };
    expect(readSettings(settings).scheduler).to.equal(ADDRESS);
    expect(readSettings({ ...settings, VOUCH_SCHEDULER: other }).scheduler).to.equal(
      other.toLowerCase(),
    );
  });

  for (const [name, value] of [
    ["VOUCH_DEPLOYMENT", undefined],
    ["VOUCH_DEPLOYMENT", ""],
    ["VOUCH_DEPLOYMENT", join(folder, "missing.json")],
    ["VOUCH_RPC_URL", undefined],
    ["VOUCH_RPC_URL", "ftp://127.0.0.1"],
    ["DATABASE_URL", "mysql://127.0.0.1/vouch"],
    ["VOUCH_SCHEDULER", "0x00"],
    ["VOUCH_INDEXER_POLL_MS", "1"],
    ["VOUCH_INDEXER_POLL_MS", "soon"],
    ["VOUCH_RPC_RATE", "0"],
    ["VOUCH_RPC_RATE", "2000"],
    ["VOUCH_RPC_LOG_RANGE", "1.5"],
  ] as const) {
    it(`refuse ${String(value)} as ${name}, naming it`, () => {
      expect(() => readSettings({ ...complete, [name]: value }))
        .to.throw()
        .with.property("data")
        .that.satisfies(
          (data: { code: string; reason: string }) =>
            data.code === "SETTINGS_INVALID" && data.reason.startsWith(name),
        );
    });
  }
});
