import type { Hex } from "@vouch/protocol";
import { directSend } from "@vouch/worker";
import { expect } from "chai";
import { network } from "hardhat";
import { codeOfPromise } from "../helpers/codeOf.ts";

describe("directSend", () => {
  const opened = async () => {
    const { ethers, networkHelpers } = await network.create();
    const [signer, payee] = await ethers.getSigners();
    const to = payee!.address.toLowerCase() as Hex;
    const received = async (): Promise<bigint> =>
      (await ethers.provider.getBalance(to)) - 10_000n * 10n ** 18n;
    return { ethers, send: directSend(signer!, 10), to, received, networkHelpers };
  };

  it("has an intent mined once, however often it is sent under its key", async () => {
    const { send, to, received } = await opened();
    const intent = { key: "pay", to, data: "0x", value: 5n } as const;
    const [first, second] = await Promise.all([send(intent), send(intent)]);
    expect(await send(intent)).to.deep.equal(first);
    expect(second).to.deep.equal(first);
    expect(first.status).to.equal(1);
    expect(await received()).to.equal(5n);
    await send({ ...intent, key: "pay again" });
    expect(await received()).to.equal(10n);
  });

  it("sends nothing that can only be mined too late", async () => {
    const { send, to, received, networkHelpers } = await opened();
    const deadline = await networkHelpers.time.latest();
    const late = send({ key: "late", to, data: "0x", value: 5n, deadline });
    expect(await codeOfPromise(late)).to.equal("INTENT_EXPIRED");
    expect(await received()).to.equal(0n);
    // What was not sent may be tried again.
    await send({ key: "late", to, data: "0x", value: 5n, deadline: deadline + 1_000 });
    expect(await received()).to.equal(5n);
  });

  it("waits for a block, and gives up what a chain that is taken back forgot", async () => {
    const { ethers, send, to, received, networkHelpers } = await opened();
    const { provider } = ethers;
    const snapshot: unknown = await provider.send("evm_snapshot", []);
    await provider.send("evm_setAutomine", [false]);
    const mined = send({ key: "pay", to, data: "0x", value: 5n });
    const waiting = await Promise.race([
      mined,
      new Promise((end) => setTimeout(end, 300, "waits")),
    ]);
    expect(waiting).to.equal("waits");
    await networkHelpers.mine();
    expect(await mined).to.deep.include({ blockNumber: 1, status: 1 });
    const forgotten = send({ key: "pay more", to, data: "0x", value: 7n });
    const code = codeOfPromise(forgotten);
    while (((await provider.send("eth_pendingTransactions", [])) as unknown[]).length === 0);
    await provider.send("evm_revert", [snapshot]);
    expect(await code).to.equal("TRANSACTION_LOST");
    await provider.send("evm_setAutomine", [true]);
    await send({ key: "pay more", to, data: "0x", value: 7n });
    expect(await received()).to.equal(7n);
  });
});
