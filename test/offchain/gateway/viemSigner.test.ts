import { createReader, createViemSigner } from "@vouch/gateway";
import type { Hex } from "@vouch/protocol";
import { expect } from "chai";
import { toQuantity } from "ethers";
import { inspect } from "node:util";
import { parseAbi } from "viem";
import { codeOfPromise } from "../../helpers/codeOf.ts";
import type { FaultyRpc } from "../../helpers/faultyRpc.ts";
import { startFaultyRpc } from "../../helpers/faultyRpc.ts";

const ADDRESS: Hex = `0x${"a1".repeat(20)}`;
const KEY: Hex = `0x${"01".repeat(32)}`;
const ABI = parseAbi(["function act()"]);

describe("a facilitator's key", () => {
  let rpc: FaultyRpc;
  let gas: bigint;

  beforeEach(async () => {
    rpc = await startFaultyRpc((method) => {
      if (method === "eth_estimateGas") return Promise.resolve(toQuantity(gas));
      if (method === "eth_blockNumber") return Promise.resolve("0x1"); // the server asks for it itself
      return Promise.reject(new Error(`nobody asks for ${method}`));
    });
  });
  afterEach(() => rpc.close());

  const signerOver = (rpcUrl: string) =>
    createViemSigner({
      ...{ chainId: 1n, rpcUrl, privateKey: KEY },
      ...{ confirmationTimeoutMs: 1_000, maxGas: 100_000n },
    });

  it("sends nothing for which a payer's own code takes more gas than a settlement may", async () => {
    gas = 100_001n;
    const signer = signerOver(rpc.url);
    const call = { address: ADDRESS, abi: ABI, functionName: "act", args: [] };
    expect(await codeOfPromise(signer.writeContract(call))).to.equal("FACILITATOR_REFUSED");
    const raw = signer.sendTransaction({ to: ADDRESS, data: "0x" });
    expect(await codeOfPromise(raw)).to.equal("FACILITATOR_REFUSED");
    expect(rpc.calls).to.not.include("eth_sendRawTransaction");
  });

  it("says nothing of the key in its node's URL, neither in path, query nor password", async () => {
    const { host } = new URL(rpc.url);
    const rpcUrl = `http://user:secret@${host}/v3/secret?key=secret`;
    rpc.faults.status = 401;
    const signer = signerOver(rpcUrl);
    const reader = createReader({ chainId: 1n, rpcUrl });
    const errors = await Promise.all(
      [
        signer.readContract({ address: ADDRESS, abi: ABI, functionName: "act", args: [] }),
        reader.getBlockNumber(),
      ].map((it) => it.catch((error: unknown) => error)),
    );
    for (const error of errors) {
      expect(error).to.be.an("error");
      expect(inspect(error, { depth: 10, showHidden: true })).to.not.include("secret");
    }
  });
});
