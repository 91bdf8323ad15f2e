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
    return { send: directSend(signer!), to, received, networkHelpers };
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
});
