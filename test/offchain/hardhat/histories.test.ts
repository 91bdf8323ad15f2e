import { expect } from "chai";
import { historyOf } from "../../../offchain/hardhat/local/histories.ts";
import type { PluginProject } from "../../helpers/pluginProject.ts";
import { pluginProject } from "../../helpers/pluginProject.ts";

describe("historyOf", () => {
  let project: PluginProject;
  before(async () => {
    project = await pluginProject();
  });
  after(() => {
    project.remove();
  });

  it("changes where the chain is taken back, also to a block that was looked at, and of no other", async () => {
    const connection = await project.hre.network.create();
    const other = await project.hre.network.create();
    const { provider } = connection;
    const before = historyOf(connection);
    const snapshot: unknown = await provider.request({ method: "evm_snapshot" });
    await provider.request({ method: "evm_mine" });
    expect(historyOf(connection)).to.equal(before);
    await provider.request({ method: "evm_revert", params: [snapshot] });
    expect(historyOf(connection)).to.not.equal(before);
    expect(historyOf(other)).to.equal(0);
    await Promise.all([connection.close(), other.close()]);
  });
});
