import type { Hex } from "@vouch/protocol";
import { JsonRpcProvider, Wallet, id } from "ethers";
import { network } from "hardhat";
import type { TokenAuthorization } from "../../offchain/protocol/typechain/index.ts";
import { TokenAuthorization__factory } from "../../offchain/protocol/typechain/index.ts";
import { DOMAIN } from "./trapdoorReceipt.ts";

/** A chain behind HTTP, with a token of EIP-3009 on it. */
export type PaidChain = {
  readonly rpcUrl: string;
  readonly provider: JsonRpcProvider;
  readonly token: TokenAuthorization;
  readonly asset: Hex;
  readonly payTo: Hex;
  readonly payerKey: Hex;
  readonly payer: Hex;
  readonly facilitatorKey: Hex;
  readonly close: () => Promise<void>;
};

export const FUNDS = 1_000_000n;

/** @param chainId another than the domain's stands for a fork */
export async function paidChain(chainId: bigint = DOMAIN.chainId): Promise<PaidChain> {
  const server = await network.createServer(
    { network: "default", override: { chainId: Number(chainId) } },
    "127.0.0.1",
    0,
  );
  const { address, port } = await server.listen();
  const rpcUrl = `http://${address}:${port}`;
  const provider = new JsonRpcProvider(rpcUrl, Number(chainId), {
    ...{ staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1, pollingInterval: 20 },
  });
  const deployer = await provider.getSigner(0);
  const token = await new TokenAuthorization__factory(deployer).deploy();
  await token.waitForDeployment();
  const payer = new Wallet(id("vouch.test.payer"));
  const facilitator = new Wallet(id("vouch.test.facilitator"));
  await (await token.mint(payer.address, FUNDS)).wait();
  await (await deployer.sendTransaction({ to: facilitator.address, value: 10n ** 20n })).wait();
  return {
    ...{ rpcUrl, provider, token, asset: (await token.getAddress()).toLowerCase() as Hex },
    payTo: `0x${"d4".repeat(20)}`,
    ...{ payerKey: payer.privateKey as Hex, payer: payer.address.toLowerCase() as Hex },
    facilitatorKey: facilitator.privateKey as Hex,
    async close() {
      provider.destroy();
      await server.close();
    },
  };
}
