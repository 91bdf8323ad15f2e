import type { EndpointsProvider, Sender } from "@vouch/chain";
import { createSender, nodeFees } from "@vouch/chain";
import type { Store } from "@vouch/queue";
import { transactions } from "@vouch/queue";
import type { Signer } from "ethers";
import type { Logger } from "pino";
import type { WorkerConfig } from "../config/workerConfig.ts";

export type OpenSenderDeps = {
  /** Signs; its provider is not used. */
  readonly signer: Signer;
  readonly provider: EndpointsProvider;
  readonly store: Pick<Store, "sql">;
  readonly chainId: bigint;
  readonly log: Logger;
};

const GWEI = 10n ** 9n;

/** Opens a sender over the operator's journal; each key has one of its own. */
export function openSender(
  { chain, settle }: Pick<WorkerConfig, "chain" | "settle">,
  { signer, provider, store, chainId, log }: OpenSenderDeps,
): Promise<Sender> {
  return createSender(
    {
      chainId: Number(chainId),
      confirmations: chain.confirmations,
      finalityBlocks: chain.reorgDepth,
      pollIntervalMs: chain.pollMs,
    },
    {
      ...{ signer, provider, log },
      journal: transactions(store.sql, chainId),
      feePolicy: nodeFees({
        bumpAfterBlocks: settle.bumpBlocks,
        maxFeePerGas: BigInt(settle.maxFeeGwei) * GWEI,
      }),
    },
  );
}
