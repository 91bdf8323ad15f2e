import type { Local, LocalRelease } from "@vouch/hardhat";
import type { WorkerEvent } from "@vouch/worker";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import type { PluginProject } from "../../helpers/pluginProject.ts";
import { pluginProject, writeLinearModel } from "../../helpers/pluginProject.ts";

const WEIGHTS = [0.5, -0.25, 0.75, -1];
const PATIENCE_MS = 30_000;

describe("vouch.local with simulated enclaves", function () {
  this.timeout(120_000);
  let project: PluginProject;
  let connection: Awaited<ReturnType<PluginProject["hre"]["network"]["create"]>>;
  const skipped = new Set<string>();
  const onEvent = (event: WorkerEvent): void => {
    if (event.status === "skipped") skipped.add(event.request);
  };
  const opened = async (
    options: Parameters<typeof connection.vouch.local>[0],
  ): Promise<{ readonly local: Local; readonly release: LocalRelease }> => {
    const local = await connection.vouch.local({ ...options, onEvent });
    return { local, release: await local.publish("linear.onnx") };
  };
  const askOf = (release: LocalRelease, policy: string) => ({
    ...{ release: release.id, input: release.samples[0]?.x ?? [], policy, fee: 10n ** 15n },
  });
  const isSkipped = async (local: Local, release: LocalRelease, policy: string): Promise<void> => {
    const { id } = await local.sdk.request(askOf(release, policy));
    const givesUpAt = performance.now() + PATIENCE_MS;
    while (!skipped.has(id)) {
      if (performance.now() > givesUpAt) throw new Error(`${policy} was not refused in time`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  before(async () => {
    project = await pluginProject({ default: { type: "edr-simulated", chainId: 31383 } });
    writeLinearModel(project, WEIGHTS);
    connection = await project.hre.network.create();
  });
  after(async () => {
    await connection.close();
    project.remove();
  });

  it("signs by none that was not asked for, whatever a policy takes", async () => {
    const { local, release } = await opened({});
    expect(local.operators.map(({ measurement }) => measurement)).to.deep.equal([undefined]);
    const asked = local.sdk.request(askOf(release, "tee:UpToDate,simulated"));
    expect(await codeOfPromise(asked)).to.equal("CONTRACT_REFUSED"); // no enclave is approved for it
    await local.close();
  });

  it("says of each answer that its enclave is simulated, and meets no policy that does not take that", async () => {
    const { local, release } = await opened({ tee: "simulated" });
    await isSkipped(local, release, "tee:UpToDate");
    const ask = askOf(release, "tee:UpToDate,simulated");
    const { assurance } = await local.sdk.infer(ask, { signal: AbortSignal.timeout(PATIENCE_MS) });
    expect(assurance.kinds).to.deep.equal(["tee"]);
    expect(assurance.simulatedEnclave).to.be.true;
    await local.close();
  });
});
