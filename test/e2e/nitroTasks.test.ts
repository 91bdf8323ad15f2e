import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bindReportData } from "@vouch/attestation";
import { simulateNitro } from "@vouch/attestation/simulated";
import { parseDeployment } from "@vouch/protocol";
import { expect } from "chai";
import { JsonRpcProvider } from "ethers";
import { network } from "hardhat";
import type { JsonRpcServer } from "hardhat/types/network";
import { runTask } from "../helpers/runTask.ts";

/** Of a chain that only this test uses: its deployment is recorded apart. */
const CHAIN_ID = 31338;
const DEPLOYMENT = resolve(import.meta.dirname, `../../deployments/${CHAIN_ID}.json`);
const KEY = "0x1111111111111111111111111111111111111111";

type Json = Record<string, unknown>;

/** The tasks of operators and registrars as they run them, against a chain that lasts between them. */
describe("nitro tasks", function () {
  this.timeout(300_000);
  if (process.env["VOUCH_DEEP"] !== "1") {
    process.stderr.write(
      "\n  NOT TRIED: the nitro tasks, each a process: it takes VOUCH_DEEP=1.\n",
    );
    return;
  }

  let server: JsonRpcServer;
  let provider: JsonRpcProvider;
  let folder = "";
  let env: Record<string, string> = {};
  let operator = "";
  let members: readonly string[] = [];
  let document = "";
  let issuedAt = 0;
  let nonceBlock = "";
  let quorum = "";

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "vouch-nitro-"));
    server = await network.createServer({ network: "default", override: { chainId: CHAIN_ID } });
    const { port } = await server.listen();
    const url = `http://127.0.0.1:${port}`;
    provider = new JsonRpcProvider(url, CHAIN_ID, { staticNetwork: true, cacheTimeout: -1 });
    env = { VOUCH_LOCALHOST_URL: url, VOUCH_HOME: folder };
    await json("deploy", "--reset");
    const accounts = (await provider.listAccounts()).map(({ address }) => address);
    operator = accounts[1] ?? "";
    members = accounts.slice(2, 5);
    const declared = await json(
      ...["nitro:quorum", "--members", members.join(","), "--threshold", "2"],
    );
    quorum = String(declared["quorum"]);
    await attest();
  });

  after(async () => {
    provider.destroy();
    await server.close();
    rmSync(folder, { recursive: true });
    rmSync(DEPLOYMENT);
  });

  async function json(...args: readonly string[]): Promise<Json> {
    const { code, out, err } = await runTask([...args, "--network", "localhost", "--json"], env);
    expect(code, `${args.join(" ")}: ${out}${err}`).to.equal(0);
    return JSON.parse(out) as Json;
  }

  async function refusal(...args: readonly string[]): Promise<unknown> {
    const { code, out } = await runTask([...args, "--network", "localhost", "--json"], env);
    expect(code).to.equal(1);
    return (JSON.parse(out) as { error: Json }).error["code"];
  }

  /** A document that binds a key of account 1 by the newest block. */
  async function attest(): Promise<void> {
    const { enclaveRegistry } = parseDeployment(JSON.parse(readFileSync(DEPLOYMENT, "utf8")));
    const block = await provider.getBlock("latest");
    if (block?.hash == null) throw new Error("no block");
    const parties = { operator, key: KEY, kind: "image", nonce: block.hash } as const;
    const binding = bindReportData({
      ...{ chainId: BigInt(CHAIN_ID), registry: enclaveRegistry },
      ...parties,
    });
    issuedAt = block.timestamp;
    nonceBlock = String(block.number);
    document = join(folder, "document");
    writeFileSync(document, simulateNitro({ issuedAt, userData: binding.subarray(0, 32) }));
    await provider.send("hardhat_mine", ["0x1"]);
  }

  const claim = (): string[] => [
    ...[document, "--quorum", quorum, "--key", KEY, "--nonce-block", nonceBlock],
  ];
  const vouch = (account: number, ...more: readonly string[]): string[] => [
    ...["nitro:vouch", ...claim(), "--operator", operator, "--time", String(issuedAt + 5)],
    ...["--account", String(account), ...more],
  ];

  async function signatures(...more: readonly string[]): Promise<string> {
    const files: string[] = [];
    for (const account of [2, 3]) {
      const signed = await json(...vouch(account, "--simulated", ...more));
      expect(signed).to.include({ registrar: members[account - 2], simulated: true });
      const file = join(folder, `signature${String(account)}${more.join("")}.json`);
      writeFileSync(file, JSON.stringify(signed));
      files.push(file);
    }
    return files.join(",");
  }

  it("vouches for a key and registers it", async () => {
    const files = await signatures();
    const registered = await json("nitro:register", ...claim(), "--signatures", files);
    expect(registered).to.include({ quorum, simulated: true });
    const [listed] = (await json("enclave:list"))["keys"] as readonly Json[];
    expect(listed).to.include({ id: registered["id"], standing: "counts", simulated: true });
  });

  it("disputes it and upholds it", async () => {
    const [{ id } = {}] = (await json("enclave:list"))["keys"] as readonly { id?: string }[];
    if (id === undefined) throw new Error("no key");
    await json("nitro:dispute", id);
    await json("nitro:uphold", id, "--signatures", await signatures("--uphold"));
    const [upheld] = (await json("enclave:list"))["keys"] as readonly Json[];
    expect(upheld).to.include({ id, standing: "counts" });
  });

  it("signs for no simulated document unasked, nor for another operator's", async () => {
    expect(await refusal(...vouch(2))).to.equal("NITRO_SIMULATED");
    const other = vouch(2, "--simulated").map((it) => (it === operator ? members[0] : it));
    expect(await refusal(...(other as string[]))).to.equal("NITRO_BINDING_MISMATCH");
  });

  it("names what is wrong with an argument", async () => {
    const none = join(folder, "none.json");
    expect(await refusal("nitro:register", ...claim(), "--signatures", none)).to.equal(
      "ARGUMENT_INVALID",
    );
    const args = ["nitro:quorum", "--members", members.join(","), "--threshold", "many"];
    expect(await refusal(...args)).to.equal("ARGUMENT_INVALID");
  });
});
