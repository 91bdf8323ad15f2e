import assert from "node:assert/strict";
import { parseEther } from "ethers";
import { network } from "hardhat";

describe("SwapFee", () => {
  it("sets its fee by a proven answer", async () => {
    const connection = await network.create();
    const local = await connection.vouch.local();
    const { id: release, samples } = await local.publish("models/vol-eth-mlp");
    const { ethers } = connection;
    const fee = await ethers.deployContract("SwapFee", [
      local.deployment.inferenceRequests,
      release,
    ]);

    const features = samples[0]?.x.map((it) => parseEther(String(it)));
    await fee.getFunction("ask")(features, { value: await fee.getFunction("quote")() });
    const request = String(await fee.getFunction("latest")());
    const signal = AbortSignal.timeout(120_000);
    let status = "";
    for await (const step of local.sdk.watch(request, { signal })) status = step.status;

    assert.equal(status, "final");
    assert.notEqual(await fee.getFunction("feeBps")(), 30n);
    const { verification } = await local.sdk.receipt.fetch(request);
    assert.ok(verification.checks.some(({ name }) => name === "zk"));
    await connection.close();
  });

  it("is not called back by anybody else", async () => {
    const connection = await network.create();
    const local = await connection.vouch.local();
    const { id: release } = await local.publish("models/vol-eth-mlp");
    const fee = await connection.ethers.deployContract("SwapFee", [
      local.deployment.inferenceRequests,
      release,
    ]);
    await assert.rejects(async () => {
      const delivery = [release, release, 1, 2];
      await fee.getFunction("onInference")(delivery, [1n], [0, 0, 0, 0, 0, 0, 0, 0]);
    });
    await connection.close();
  });
});
