import type { Sender } from "@vouch/chain";
import type { EscrowContracts } from "@vouch/gateway";
import { MAX_SETTLEMENT_GAS, settlementGas } from "@vouch/gateway";
import type { Hex } from "@vouch/protocol";
import { gasLimitOf, journaledSend } from "@vouch/worker";
import type { FacilitatorEvmSigner } from "@x402/evm";
import { toFacilitatorEvmSigner } from "@x402/evm";
import type { Provider } from "ethers";
import { concat, getAddress, keccak256 } from "ethers";
import type { PublicClient } from "viem";
import { encodeFunctionData } from "viem";
import { OperatorError } from "../errors.ts";

export type FacilitatorSignerDeps = {
  /** Works while settlements are to be sent. */
  readonly sender: Sender;
  readonly client: PublicClient;
  readonly provider: Provider;
  /** Where requests are made that hold their payment: these may take more gas, by their words. */
  readonly escrow?: EscrowContracts | undefined;
};

/** A settlement that was cancelled, or that the chain refused when it came, is sent as a new one so often. */
const ATTEMPTS = 4;

/**
 * Returns the key of a facilitator whose transactions go through a journal: the same settlement is the same transaction, also after a
 * crash, and its nonces are those of everything else that the key sends.
 *
 * @throws {OperatorError} of what sends: `SETTLEMENT_FAILED`, `SETTLEMENT_TOO_DEAR`; what `Sender.send` throws, and the node where the call would revert.
 */
export function createFacilitatorSigner({
  sender,
  client,
  provider,
  escrow,
}: FacilitatorSignerDeps): FacilitatorEvmSigner {
  const send = journaledSend(sender, provider);

  async function settle(to: Hex, data: Hex): Promise<Hex> {
    const key = `facilitator:${sender.address}:${keccak256(concat([to, data]))}`;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      // The estimate says whether the chain would take it now.
      const gas = await provider.estimateGas({ from: sender.address, to, data });
      const { limit, action } = settlementGas({ to, data }, MAX_SETTLEMENT_GAS, escrow);
      if (gas > limit)
        throw new OperatorError({ code: "SETTLEMENT_TOO_DEAR", key, gas, limit, action });
      const intent = { key: `${key}:${attempt}`, to, data, gasLimit: gasLimitOf(gas) };
      const { hash, status } = await send(intent);
      if (status === 1) return hash;
    }
    throw new OperatorError({ code: "SETTLEMENT_FAILED", key, attempts: ATTEMPTS });
  }

  return toFacilitatorEvmSigner({
    address: getAddress(sender.address) as Hex,
    readContract: (args) => client.readContract(args),
    verifyTypedData: (args) => client.verifyTypedData(args as never), // x402's types are looser
    writeContract: ({ address, abi, functionName, args, dataSuffix = "0x" }) => {
      const data = encodeFunctionData({ abi, functionName, args });
      return settle(address, concat([data, dataSuffix]) as Hex);
    },
    sendTransaction: ({ to, data }) => settle(to, data),
    waitForTransactionReceipt: (args) => client.waitForTransactionReceipt(args),
    getCode: (args) => client.getCode(args),
  });
}
