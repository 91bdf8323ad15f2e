import type { FacilitatorEvmSigner } from "@x402/evm";
import { toFacilitatorEvmSigner } from "@x402/evm";
import type { Hex } from "@vouch/protocol";
import type { Chain, PublicClient } from "viem";
import {
  createPublicClient,
  createWalletClient,
  defineChain,
  encodeFunctionData,
  nonceManager,
  publicActions,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { GatewayError } from "../errors.ts";
import type { EscrowContracts } from "./escrowFacilitator.ts";
import { nodeTransport } from "./nodeTransport.ts";
import { MAX_SETTLEMENT_GAS, settlementGas } from "./settlementGas.ts";

export type ViemSignerOptions = {
  readonly chainId: bigint;
  readonly rpcUrl: string;
  /** Of an account with gas that nothing else sends from: nonces are counted here. */
  readonly privateKey: Hex;
  /** Milliseconds to wait until a settlement is mined; behind that it is looked for on the chain. */
  readonly confirmationTimeoutMs: number;
  /** Gas of one transfer at most: a payer that is a contract has its own code run by it. Two million where absent. */
  readonly maxGas?: bigint;
  /** Where requests are made that hold their payment: these may take more, by their words. */
  readonly escrow?: EscrowContracts;
};

/** Returns a client that reads from one node. */
export function createReader({
  chainId,
  rpcUrl,
}: Pick<ViemSignerOptions, "chainId" | "rpcUrl">): PublicClient {
  return createPublicClient({ chain: chainOf(chainId, rpcUrl), transport: nodeTransport(rpcUrl) });
}

/**
 * Returns the key that sends a facilitator's settlements.
 *
 * @throws {GatewayError} of its functions: `FACILITATOR_REFUSED` for what takes too much gas.
 */
export function createViemSigner(options: ViemSignerOptions): FacilitatorEvmSigner {
  const { chainId, rpcUrl, privateKey, confirmationTimeoutMs, escrow } = options;
  const { maxGas = MAX_SETTLEMENT_GAS } = options;
  const account = privateKeyToAccount(privateKey, { nonceManager });
  const { address } = account; // without the key an estimate takes no nonce
  const chain = chainOf(chainId, rpcUrl);
  const transport = nodeTransport(rpcUrl);
  const client = createWalletClient({ account, chain, transport }).extend(publicActions);
  const affordable = (gas: bigint, call: { readonly to: Hex; readonly data: Hex }): bigint => {
    const { limit, action } = settlementGas(call, maxGas, escrow);
    if (gas <= limit) return gas;
    const reason = `it takes ${gas} gas, more than the ${limit} that ${action} may`;
    throw new GatewayError({ code: "FACILITATOR_REFUSED", reason });
  };
  return toFacilitatorEvmSigner(
    {
      address,
      readContract: (args) => client.readContract(args),
      verifyTypedData: (args) => client.verifyTypedData(args as never),
      async writeContract(args) {
        const data = encodeFunctionData(args as never);
        const estimate = await client.estimateContractGas({ ...args, account: address });
        const gas = affordable(estimate, { to: args.address, data });
        return client.writeContract({ ...args, account, chain, gas } as never);
      },
      async sendTransaction(args) {
        const gas = affordable(await client.estimateGas({ ...args, account: address }), args);
        return client.sendTransaction({ ...args, account, chain, gas });
      },
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
    rpcUrls: { default: { http: [new URL(rpcUrl).origin] } },
  });
}
