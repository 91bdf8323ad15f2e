import type { FacilitatorEvmSigner } from "@x402/evm";
import { toFacilitatorEvmSigner } from "@x402/evm";
import type { Hex } from "@vouch/protocol";
import type { Chain, PublicClient } from "viem";
import {
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
  nonceManager,
  publicActions,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";

export type ViemSignerOptions = {
  readonly chainId: bigint;
  readonly rpcUrl: string;
  /** Of an account with gas that nothing else sends from: nonces are counted here. */
  readonly privateKey: Hex;
  /** Milliseconds to wait until a settlement is mined; behind that it is looked for on the chain. */
  readonly confirmationTimeoutMs: number;
};

/** Returns a client that reads from one node. */
export function createReader({
  chainId,
  rpcUrl,
}: Pick<ViemSignerOptions, "chainId" | "rpcUrl">): PublicClient {
  return createPublicClient({ chain: chainOf(chainId, rpcUrl), transport: http(rpcUrl) });
}

/** Returns the key that sends a facilitator's settlements. */
export function createViemSigner(options: ViemSignerOptions): FacilitatorEvmSigner {
  const { chainId, rpcUrl, privateKey, confirmationTimeoutMs } = options;
  const account = privateKeyToAccount(privateKey, { nonceManager });
  const chain = chainOf(chainId, rpcUrl);
  const client = createWalletClient({ account, chain, transport: http(rpcUrl) }).extend(
    publicActions,
  );
  return toFacilitatorEvmSigner(
    {
      address: account.address,
      readContract: (args) => client.readContract(args),
      verifyTypedData: (args) => client.verifyTypedData(args as never),
      writeContract: (args) => client.writeContract({ ...args, account, chain } as never),
      sendTransaction: (args) => client.sendTransaction({ ...args, account, chain }),
      waitForTransactionReceipt: (args) => client.waitForTransactionReceipt(args),
      getCode: (args) => client.getCode(args),
    },
    { confirmationTimeoutMs },
  );
}

function chainOf(chainId: bigint, rpcUrl: string): Chain {
  return defineChain({
    id: Number(chainId),
    name: `eip155:${chainId}`,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
}
