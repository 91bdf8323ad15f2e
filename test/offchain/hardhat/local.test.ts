import type { Local, LocalRelease } from "@vouch/hardhat";
import type { ReleaseId } from "@vouch/protocol";
import { quantizeTensor, SETUP_TRUST, wordToHex } from "@vouch/protocol";
import { expect } from "chai";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import type { PluginProject } from "../../helpers/pluginProject.ts";
import { pluginProject, writeLinearModel } from "../../helpers/pluginProject.ts";

const WEIGHTS = [0.5, -0.25, 0.75, -1];
const POLICY = "zk:any+signature";
const GWEI = 10n ** 9n;
const DECISION = { none: 0n, pending: 1n };
const PATIENCE_MS = 30_000;

describe("vouch.local", function () {
  this.timeout(120_000);
  let project: PluginProject;
  let connection: Awaited<ReturnType<PluginProject["hre"]["network"]["create"]>>;
  let local: Local;
  let release: LocalRelease;
  before(async () => {
    project = await pluginProject();
    connection = await project.hre.network.create();
    local = await connection.vouch.local();
    release = await local.publish(writeLinearModel(project, WEIGHTS));
  });
  after(async () => {
    await connection.close();
    project.remove();
  });

  const expected = (x: readonly number[]): number =>
    x.reduce((sum, it, i) => sum + it * (WEIGHTS[i] ?? 0), 0.25);
  const infer = async (row: number): Promise<{ readonly said: number; readonly right: number }> => {
    const x = release.samples[row]?.x ?? [];
    const ask = { release: release.id, input: x, policy: POLICY, fee: 10n ** 15n };
    const { output } = await local.sdk.infer(ask, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return { said: Number([output].flat()[0]), right: expected(x) };
  };

  it("calls a consumer back whose policy asks for a proof and a signature", async () => {
    const { ethers } = connection;
    const trust = SETUP_TRUST.indexOf("any");
    const args = [local.deployment.inferenceRequests, release.id, trust, wordToHex(0n)];
    const line = await ethers.deployContract("CreditLine", args);
    const applicant = await ethers.provider.getSigner(5);
    const now = (await ethers.provider.getBlock("latest"))?.timestamp ?? 0;
    const offer = {
      ...{ fee: 10n ** 15n, stake: 10n ** 16n, maxGasPrice: 10n * GWEI, verificationGas: 600_000n },
      ...{ lockDeadline: now + 600, deadline: now + 1200 },
    };
    const { circuit } = release.bundle;
    if (!("input" in circuit)) throw new Error("the model is one circuit");
    const input = { ...circuit.input, fractionBits: release.bundle.release.inputFractionBits };
    const features = quantizeTensor(release.samples[0]?.x ?? [], input);
    const value = offer.fee + (offer.verificationGas + 150_000n) * offer.maxGasPrice;
    await line.getFunction("ask")(applicant, features, offer, { value });
    const decision = (): Promise<bigint> => line.getFunction("decisionOf")(applicant);
    await until(async () => (await decision()) !== DECISION.pending);
    expect(await decision()).to.not.equal(DECISION.none);
  });

  it("answers as the model does, and has its receipts verified", async () => {
    const { said, right } = await infer(1);
    expect(Math.abs(said - right) <= 0.01, `${said} for ${right}`).to.be.true; // Hardhat's matcher takes integers alone
  });

  it("is the same for whoever asks for it again, and refuses another beside it", async () => {
    expect(await connection.vouch.local({ operators: 1 })).to.equal(local);
    expect(await codeOfPromise(connection.vouch.local({ operators: 2 }))).to.equal("LOCAL_OPEN");
  });

  it("is the same release when it is published again, without a circuit built anew", async () => {
    const again = await local.publish("linear.onnx");
    expect(again.id).to.equal(release.id satisfies ReleaseId);
    expect(await local.sdk.releases()).to.have.length(1);
  });

  it("serves on where the chain is taken back, what it had answered before too", async () => {
    const { provider } = connection;
    const snapshot: unknown = await provider.request({ method: "evm_snapshot" });
    const first = await infer(2);
    await provider.request({ method: "evm_revert", params: [snapshot] });
    // The same request once more, of another input.
    const second = await infer(3);
    expect([first.said, second.said].map((it) => Math.round(it * 64))).to.deep.equal(
      [first.right, second.right].map((it) => Math.round(it * 64)),
    );
  });

  it("names what it finds no model in", async () => {
    expect(await codeOfPromise(local.publish("models/none"))).to.equal("MODEL_NOT_FOUND");
    const samples = [[0, 0, 0, 0]];
    const lone = local.publish("linear.onnx", { samples });
    expect(await codeOfPromise(lone)).to.equal("SAMPLES_MISSING");
  });

  it("ends with its connection, and publishes no more", async () => {
    const other = await project.hre.network.create();
    const theirs = await other.vouch.local();
    await other.close();
    expect(await codeOfPromise(theirs.publish("linear.onnx"))).to.equal("LOCAL_CLOSED");
  });

  it("waits for what is being published when it closes, and leaves it unserved", async () => {
    const other = await project.hre.network.create();
    const theirs = await other.vouch.local();
    const publishing = codeOfPromise(theirs.publish("linear.onnx"));
    let ended = false;
    void publishing.then(() => (ended = true));
    await other.close();
    expect(ended).to.be.true;
    expect(await publishing).to.equal("LOCAL_CLOSED");
  });

  it("is made anew while it closes, and ends no other when it is closed again", async () => {
    const other = await project.hre.network.create();
    const first = await other.vouch.local();
    const closing = first.close();
    const second = await other.vouch.local();
    await closing;
    expect(second).to.not.equal(first);
    await first.close();
    expect(await other.vouch.local()).to.equal(second);
    await other.close();
    expect(await codeOfPromise(second.publish("linear.onnx"))).to.equal("LOCAL_CLOSED");
  });
});

/** Waits for a condition on the chain; a contract that is never called back is an error, not a wait. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const givesUpAt = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > givesUpAt) throw new Error("it was not called back in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
