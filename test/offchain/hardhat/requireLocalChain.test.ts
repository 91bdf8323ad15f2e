import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { PluginError } from "@vouch/hardhat";
import { expect } from "chai";
import type { NetworkConfigOverride } from "hardhat/types/config";
import type { PluginProject } from "../../helpers/pluginProject.ts";
import { pluginProject } from "../../helpers/pluginProject.ts";

const ETHER = 10n ** 18n;

describe("vouch.local on a chain that it cannot use", function () {
  this.timeout(60_000);
  let project: PluginProject;
  let server: Server;
  const asked: string[] = [];
  before(async () => {
    server = await serveLastingChain((method) => asked.push(method));
    const { port } = server.address() as AddressInfo;
    project = await pluginProject({
      lasting: {
        type: "http",
        url: `http://127.0.0.1:${port}`,
        accounts: [`0x${"11".repeat(32)}`],
      },
    });
  });
  after(() => {
    server.close();
    server.closeAllConnections();
    project.remove();
  });

  /** The refusal of a connection with such a network, by what it names. */
  async function refusal(
    override: NetworkConfigOverride,
    options: Parameters<Awaited<ReturnType<typeof connect>>["vouch"]["local"]>[0] = {},
    network = "default",
  ): Promise<PluginError["data"] | undefined> {
    const connection = await connect(network, override);
    try {
      await connection.vouch.local(options);
      return undefined;
    } catch (error) {
      if (error instanceof PluginError) return error.data;
      throw error;
    } finally {
      await connection.close();
    }
  }

  const connect = (network: string, override: NetworkConfigOverride) =>
    project.hre.network.create({ network, override });

  it("refuses a chain that lasts, and sends it nothing", async () => {
    const data = await refusal({}, {}, "lasting");
    expect(data).to.deep.include({ code: "CHAIN_NOT_LOCAL", network: "lasting", chainId: 1n });
    expect(asked).to.include("eth_chainId");
    expect(asked.filter((method) => method.startsWith("eth_send"))).to.deep.equal([]);
  });

  it("refuses one that mines when it is told to", async () => {
    const data = await refusal({ mining: { auto: false, interval: 0 } });
    expect(data).to.deep.equal({ code: "MINING_MANUAL", network: "default" });
  });

  it("refuses a hardfork that has not what the contracts are made of", async () => {
    const data = await refusal({ hardfork: "cancun" });
    expect(data).to.deep.include({
      ...{ code: "HARDFORK_TOO_OLD", hardfork: "cancun", needed: "prague" },
    });
  });

  it("refuses one that lacks the curve of enclaves, where there are to be some", async () => {
    const data = await refusal({ hardfork: "prague" }, { tee: "simulated" });
    expect(data).to.deep.include({ code: "HARDFORK_TOO_OLD", needed: "osaka" });
  });

  it("refuses limits on gas that its transactions may go beyond", async () => {
    expect(await refusal({ blockGasLimit: 10_000_000n })).to.deep.include({
      ...{ code: "GAS_LIMIT_LOW", setting: "blockGasLimit", limit: 10_000_000n, needed: 1n << 24n },
    });
    expect(await refusal({ transactionGasCap: 5_000_000n })).to.deep.include({
      ...{ code: "GAS_LIMIT_LOW", setting: "transactionGasCap", limit: 5_000_000n },
    });
  });

  it("refuses fewer accounts than its operators take, and poorer ones than they stake", async () => {
    const accounts = (count: number, accountsBalance: bigint): NetworkConfigOverride => ({
      accounts: { count, accountsBalance },
    });
    expect(await refusal(accounts(2, 10n * ETHER), { operators: 2 })).to.deep.equal({
      ...{ code: "ACCOUNTS_MISSING", network: "default", given: 2, needed: 3 },
    });
    expect(await refusal(accounts(2, ETHER))).to.deep.include({
      ...{ code: "ACCOUNT_UNFUNDED", wei: ETHER },
    });
  });

  for (const options of [{ operators: 0 }, { stake: 0n }, { operators: 1.5 }]) {
    it(`refuses ${Object.keys(options).join()} ${Object.values(options).join()}`, async () => {
      expect(await refusal({}, options)).to.deep.include({ code: "OPTIONS_INVALID" });
    });
  }
});

/** A node of a chain with value on it, as far as it is asked before it is refused. */
function serveLastingChain(onMethod: (method: string) => void): Promise<Server> {
  const answers: Readonly<Record<string, unknown>> = {
    eth_chainId: "0x1",
    web3_clientVersion: "Geth/v1.16.0",
    net_version: "1",
  };
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => (body += part.toString()));
    request.on("end", () => {
      const { id, method } = JSON.parse(body) as { readonly id: number; readonly method: string };
      onMethod(method);
      const result = answers[method];
      const answer =
        result === undefined
          ? { error: { code: -32601, message: `the method ${method} does not exist` } }
          : { result };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ jsonrpc: "2.0", id, ...answer }));
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => {
      resolve(server);
    });
  });
}
