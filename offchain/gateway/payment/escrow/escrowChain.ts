import type { FacilitatorEvmSigner } from "@x402/evm";
import type {
  Contracts,
  Domain,
  Hex,
  Receipt,
  RequestId,
  RequestParams,
  RequestStatus,
} from "@vouch/protocol";
import { REQUESTS_ABI, REQUEST_STATUSES, encodeRequestParams, enumName } from "@vouch/protocol";
import { fetchReceipt } from "@vouch/sdk";
import { GatewayError } from "../../errors.ts";
import type { ChainHead } from "../tokenReader.ts";

/** What a gateway asks of the chain about requests that hold their payment. */
export type EscrowChain = {
  readonly head: () => Promise<ChainHead>;
  /** @param block height at which it is asked; the newest where absent */
  readonly statusOf: (request: RequestId, block?: number) => Promise<RequestStatus>;
  /** Rebuilds the receipt of a request that was answered, and verifies it. */
  readonly receiptOf: (request: RequestId) => Promise<Receipt>;
  /** The transaction that paid the operator; undefined where none did: an answer after the deadline is for nothing. */
  readonly settlementOf: (request: RequestId, fromBlock: number) => Promise<Hex | undefined>;
  /** Has the escrow given back: anyone may, once a deadline passed. */
  readonly expire: (request: RequestId, params: RequestParams) => Promise<void>;
};

export type EscrowChainDeps = {
  /** Their runner reads. */
  readonly contracts: Contracts;
  /** Sends refunds, and may be the facilitator's own: it costs gas, and nothing else. */
  readonly signer: FacilitatorEvmSigner;
};

/**
 * Errors of the node are its own; one without blocks is `FACILITATOR_UNAVAILABLE`.
 *
 * @param deployed block of the contracts' deployment: releases are read from there on
 */
export function createEscrowChain(
  { domain, deployed }: { readonly domain: Domain; readonly deployed: number },
  { contracts, signer }: EscrowChainDeps,
): EscrowChain {
  const { requests } = contracts;
  return {
    async head() {
      const block = await requests.runner?.provider?.getBlock("latest");
      if (block === null || block === undefined)
        throw new GatewayError({ code: "FACILITATOR_UNAVAILABLE", operation: "chain" });
      return { block: block.number, time: block.timestamp };
    },
    async statusOf(request, block) {
      const status = await requests.statusOf(request, { blockTag: block ?? "latest" });
      return enumName(REQUEST_STATUSES, status);
    },
    async receiptOf(request) {
      return (await fetchReceipt(contracts, domain, request, deployed)).receipt;
    },
    async settlementOf(request, fromBlock) {
      const settled = requests.filters.RequestSettled(request);
      const [event] = await requests.queryFilter(settled, fromBlock);
      return event?.transactionHash as Hex | undefined;
    },
    async expire(request, params) {
      const hash = await signer.writeContract({
        address: (await requests.getAddress()) as Hex,
        ...{ abi: REQUESTS_ABI, functionName: "expire" },
        args: [request, encodeRequestParams(params)],
      });
      await signer.waitForTransactionReceipt({ hash });
    },
  };
}
