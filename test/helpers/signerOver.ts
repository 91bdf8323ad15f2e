/** Test only: a facilitator's key over a chain in this process. */
import type { Hex } from "@vouch/protocol";
import type { FacilitatorEvmSigner } from "@x402/evm";
import { toFacilitatorEvmSigner } from "@x402/evm";
import type { PublicClient } from "viem";
import { createPublicClient, createWalletClient, custom, publicActions } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { hardhat } from "viem/chains";
import type { Connection } from "../../offchain/hardhat/tasks/openChain.ts";

type Provider = Pick<Connection["provider"], "request">;

/** Reads of a chain in this process, as viem makes them. */
export function readerOver(provider: Provider): PublicClient {
  return createPublicClient({ chain: hardhat, transport: transportOver(provider) });
}

/** Sends with a key that has gas there. */
export function signerOver(provider: Provider, privateKey: Hex): FacilitatorEvmSigner {
  const account = privateKeyToAccount(privateKey);
  const transport = transportOver(provider);
  const client = createWalletClient({
    ...{ account, chain: hardhat, transport, pollingInterval: 20 },
  }).extend(publicActions);
  return toFacilitatorEvmSigner({
    address: account.address,
    readContract: (args) => client.readContract(args),
    verifyTypedData: (args) => client.verifyTypedData(args as never),
    writeContract: (args) => client.writeContract({ ...args, account, chain: hardhat } as never),
    sendTransaction: (args) => client.sendTransaction({ ...args, account, chain: hardhat }),
    waitForTransactionReceipt: (args) => client.waitForTransactionReceipt(args),
    getCode: (args) => client.getCode(args),
  });
}

function transportOver(provider: Provider): ReturnType<typeof custom> {
  return custom({
    request: ({ method, params }: { method: string; params?: unknown[] }) =>
      provider.request({ method, ...(params === undefined ? {} : { params }) }),
  });
}
