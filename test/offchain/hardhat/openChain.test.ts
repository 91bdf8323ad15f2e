import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Deployment } from "@vouch/protocol";
import { expect } from "chai";
import type { JsonRpcServer } from "hardhat/types/network";
import { openChain } from "../../../offchain/hardhat/tasks/openChain.ts";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import type { PluginProject } from "../../helpers/pluginProject.ts";
import { pluginProject } from "../../helpers/pluginProject.ts";

describe("tasks on a node", function () {
  this.timeout(60_000);
  let server: JsonRpcServer;
  let nodes: PluginProject;
  let project: PluginProject;
  let deployment: Deployment;
  before(async () => {
    nodes = await pluginProject({ node: { type: "edr-simulated", chainId: 31381 } });
    server = await nodes.hre.network.createServer("node", "127.0.0.1", 0);
    const { port } = await server.listen();
    project = await pluginProject({
      default: { type: "http", url: `http://127.0.0.1:${port}` },
    });
    const connection = await project.hre.network.create();
    ({ deployment } = await connection.vouch.local());
    await connection.close();
  });
  after(async () => {
    await server.close();
    nodes.remove();
    project.remove();
  });

  /** How a task fares where the record of the chain is such a one. */
  const opened = (record: Partial<Deployment>): Promise<string | undefined> => {
    mkdirSync(join(project.folder, "deployments"), { recursive: true });
    const path = join(project.folder, "deployments", `${deployment.chainId}.json`);
    writeFileSync(path, JSON.stringify({ ...deployment, ...record }));
    return codeOfPromise(openChain(project.hre));
  };

  it("find no contracts where none are recorded, though a local set-up was there", async () => {
    expect(await codeOfPromise(openChain(project.hre))).to.equal("NOT_DEPLOYED");
    const journals = join(project.folder, "ignition", "deployments");
    expect(existsSync(journals) ? readdirSync(journals) : []).to.deep.equal([]);
  });

  it("find those that are recorded", async () => {
    expect(await opened({})).to.be.undefined;
  });

  it("refuse the record of a chain with another id", async () => {
    expect(await opened({ chainId: "31382" })).to.equal("CHAIN_MISMATCH");
  });

  it("refuse a chain of the same id that began otherwise", async () => {
    expect(await opened({ anchor: `0x${"11".repeat(32)}` })).to.equal("CHAIN_MISMATCH");
  });

  it("refuse a record of contracts that are not there", async () => {
    expect(await opened({ evidenceRouter: `0x${"22".repeat(20)}` })).to.equal("NOT_DEPLOYED");
  });
});
