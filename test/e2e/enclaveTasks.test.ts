import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bindReportData, type PlatformCollateral } from "@vouch/attestation";
import {
  simulateQuote,
  simulatedCollateral,
  type SimulatedCollateralOptions,
  simulatedPlatform,
} from "@vouch/attestation/simulated";
import { parseDeployment } from "@vouch/protocol";
import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import { network } from "hardhat";
import type { JsonRpcServer } from "hardhat/types/network";
import { serveCollateral } from "../helpers/collateralServer.ts";
import { deepOnly } from "../helpers/deepOnly.ts";
import { runTask } from "../helpers/runTask.ts";

/** Of a chain that only this test uses: its deployment is recorded apart. */
const CHAIN_ID = 31335;
const DEPLOYMENT = resolve(import.meta.dirname, `../../deployments/${CHAIN_ID}.json`);
const SVNS = Array<number>(16).fill(2);
const FMSPC = "00b06f000000";
const DAY = 86_400_000;
const LEVEL = [{ isvSvn: 4, status: "UpToDate" }];
const KEY = "0x1111111111111111111111111111111111111111";

type Json = Record<string, unknown>;
type Row = { readonly what: string; readonly txHash: string | null };

deepOnly("the enclave tasks, each a process", () => {
  describe("enclave tasks", enclaveTasks);
});

/** The tasks as a user runs them, against a chain that lasts between them. */
function enclaveTasks(this: Mocha.Suite): void {
  this.timeout(300_000);

  let server: JsonRpcServer;
  let provider: JsonRpcProvider;
  let folder = "";
  let env: Record<string, string> = {};

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "vouch-enclaves-"));
    server = await network.createServer({ network: "default", override: { chainId: CHAIN_ID } });
    const { port } = await server.listen();
    const url = `http://127.0.0.1:${port}`;
    provider = new JsonRpcProvider(url, CHAIN_ID, { staticNetwork: true, cacheTimeout: -1 });
    env = { VOUCH_LOCALHOST_URL: url, VOUCH_HOME: folder };
    await json("deploy", "--reset");
  });

  after(async () => {
    provider.destroy();
    await server.close();
    rmSync(folder, { recursive: true });
    rmSync(DEPLOYMENT);
  });

  async function run(...args: readonly string[]) {
    return runTask([...args, "--network", "localhost"], env);
  }

  async function json(...args: readonly string[]): Promise<Json> {
    const { code, out, err } = await run(...args, "--json");
    expect(code, `${args.join(" ")}: ${out}${err}`).to.equal(0);
    return JSON.parse(out) as Json;
  }

  async function refusal(...args: readonly string[]): Promise<unknown> {
    const { code, out } = await run(...args, "--json");
    expect(code).to.equal(1);
    return (JSON.parse(out) as { error: Json }).error["code"];
  }

  async function collateral(
    overrides: Partial<SimulatedCollateralOptions> = {},
  ): Promise<PlatformCollateral> {
    const block = await provider.getBlock("latest");
    const now = (block?.timestamp ?? 0) * 1000;
    return simulatedCollateral({
      tee: "TDX",
      fmspc: FMSPC,
      period: { from: new Date(now), to: new Date(now + 29 * DAY) },
      evaluation: 17,
      levels: [{ sgx: SVNS, pceSvn: 11, tdx: SVNS, status: "UpToDate" }],
      modules: [{ version: 1, levels: LEVEL }],
      qeLevels: LEVEL,
      ...overrides,
    });
  }

  /** A file with a quote that binds a key of account 1 by the newest block. */
  async function attest(key = KEY): Promise<{ file: string; nonceBlock: string }> {
    const { enclaveRegistry } = parseDeployment(JSON.parse(readFileSync(DEPLOYMENT, "utf8")));
    const block = await provider.getBlock("latest");
    const [, operator] = await provider.listAccounts();
    if (block?.hash == null || operator === undefined) throw new Error("no block or account");
    const quote = simulateQuote({
      platform: simulatedPlatform("unit", 5n, { components: SVNS, pceSvn: 11, fmspc: FMSPC }),
      reportData: bindReportData({
        chainId: BigInt(CHAIN_ID),
        registry: enclaveRegistry,
        operator: operator.address,
        key,
        kind: "domain",
        nonce: block.hash,
      }),
      qeSvn: 4,
      td: { version: 4, teeTcbSvn: [4, 1, ...SVNS.slice(2)] },
    });
    await provider.send("hardhat_mine", ["0x1"]);
    const file = join(folder, "quote");
    writeFileSync(file, quote);
    return { file, nonceBlock: String(block.number) };
  }

  const rowsOf = (document: Json, member = "rows"): readonly Row[] =>
    document[member] as readonly Row[];

  it("refreshes from a service, by a quote or a model, and sends what is there only once", async () => {
    const service = await serveCollateral(await collateral());
    const { file } = await attest();
    const first = await json("enclave:refresh", "--from", service.url, "--quote", file);
    expect(first).to.include({ fmspc: FMSPC, tee: "TDX", authority: "platform", simulated: true });
    const transactions = rowsOf(first).map(({ txHash }) => txHash);
    expect(transactions.length).to.equal(6);
    expect(new Set(transactions).size, "transactions").to.equal(2);
    const again = await json("enclave:refresh", "--from", service.url, "--fmspc", FMSPC);
    expect(rowsOf(again).every(({ txHash }) => txHash === null)).to.equal(true);
    const printed = await run("enclave:refresh", "--from", service.url, "--fmspc", FMSPC);
    expect(printed.out).to.include("SIMULATED").and.include("had it");
    await service.close();
  });

  it("registers a key, lists it in red words, and renews it", async () => {
    const { file, nonceBlock } = await attest();
    const args = ["enclave:register", file, "--key", KEY, "--nonce-block", nonceBlock];
    const registered = await json(...args);
    expect(registered).to.include({ status: "UpToDate", simulated: true, key: KEY });
    expect(registered["gasUsed"]).to.be.greaterThan(300_000);
    const listed = await json("enclave:list");
    expect(listed["keys"]).to.have.length(1);
    expect((listed["keys"] as readonly Json[])[0]).to.include({
      id: registered["id"],
      measurement: registered["measurement"],
      standing: "counts",
      simulated: true,
    });
    expect((await run("enclave:list")).out).to.include("SIMULATED");
    const id = String(registered["id"]);
    expect(await json("enclave:renew", id)).to.include({ id, standing: "counts" });
    expect(await refusal(...args)).to.equal("EnclaveAlreadyRegistered");
  });

  it("brings newer collateral before it registers, where it is told where that is", async () => {
    const level = { sgx: SVNS, pceSvn: 11, tdx: SVNS, status: "SWHardeningNeeded" };
    const service = await serveCollateral(await collateral({ evaluation: 18, levels: [level] }));
    const { file, nonceBlock } = await attest(KEY.replaceAll("1", "2"));
    const registered = await json(
      "enclave:register",
      file,
      ...["--key", KEY.replaceAll("1", "2"), "--nonce-block", nonceBlock],
      ...["--collateral", service.url],
    );
    expect(registered).to.include({ status: "SWHardeningNeeded" });
    expect(rowsOf(registered, "collateral").some(({ txHash }) => txHash !== null)).to.equal(true);
    await service.close();
  });

  it("says that a key is compromised once its platform is revoked, and exits with 1", async () => {
    const revoked = [{ serial: 5n, date: new Date("2024-06-01T00:00:00Z") }];
    const service = await serveCollateral(await collateral({ evaluation: 18, revoked }));
    await json("enclave:refresh", "--from", service.url, "--fmspc", FMSPC);
    await service.close();
    const [key] = (await json("enclave:list"))["keys"] as readonly Json[];
    const { code, out } = await run("enclave:renew", String(key?.["id"]), "--json");
    expect(code).to.equal(1);
    expect(JSON.parse(out)).to.include({ standing: "compromised" });
  });

  for (const [what, error, args] of [
    ["no source", "ARGUMENT_INVALID", ["enclave:refresh", "--fmspc", FMSPC]],
    [
      "a model that is none",
      "ARGUMENT_INVALID",
      ["enclave:refresh", "--from", "x", "--fmspc", "12"],
    ],
    [
      "a service that is not there",
      "COLLATERAL_UNAVAILABLE",
      ["enclave:refresh", "--from", "http://127.0.0.1:1", "--fmspc", FMSPC],
    ],
    ["an id that is none", "HEX_INVALID", ["enclave:renew", "0x12"]],
    [
      "a key that is not registered",
      "EnclaveNotRegistered",
      ["enclave:renew", `0x${"ab".repeat(32)}`],
    ],
  ] as const) {
    it(`exits with 1 for ${what}, and names it`, async () => {
      expect(await refusal(...args)).to.equal(error);
    });
  }

  it("lists nothing of an operator without keys, and says how to register one", async () => {
    const { code, out } = await run("enclave:list", "--operator", KEY);
    expect([code, out.includes("enclave:register")]).to.deep.equal([0, true]);
  });
}
