import {
  CIRCUIT_REGISTRY_ABI,
  DISPUTES_ABI,
  ENCLAVE_REGISTRY_ABI,
  INFERENCE_REQUESTS_ABI,
  MODEL_FEED_ABI,
  MODEL_REGISTRY_ABI,
  QUORUM_ABI,
  RECEIPT_LEDGER_ABI,
  SCHEDULER_ABI,
  STAKE_VAULT_ABI,
} from "@vouch/protocol/eventAbis";
import { createConfig, factory } from "ponder";
import { getAbiItem } from "viem";
import { findJudges } from "./findJudges.ts";
import { databaseFolder } from "./prepareDatabase.ts";
import { readSettings } from "./settings.ts";

/** Emits nothing: stands for a contract that a deployment does not have, since handlers must be of contracts. */
const NOBODY = "0x0000000000000000000000000000000000000000";

/** Ponder begins with so many requests a second to each URL, and works its way up by 5 % in ten seconds. */
const RATE_OF_URL = 20;

const settings = readSettings(process.env);
const { deployment, rpc, home, database, scheduler, pollMs, rate, logRange } = settings;
const { disputes, quorum } = await findJudges({ deployment, rpc });
const at = { chain: "vouch", startBlock: deployment.fromBlock } as const;
const schedulerAt = (scheduler ?? NOBODY) as typeof deployment.modelRegistry;
const answered = getAbiItem({ abi: INFERENCE_REQUESTS_ABI, name: "InferenceFulfilled" });

export default createConfig({
  database:
    database === undefined
      ? { kind: "pglite", directory: databaseFolder(home) }
      : { kind: "postgres", connectionString: database },
  chains: {
    vouch: {
      id: Number(deployment.chainId),
      // The same endpoint many times over takes so many times as much from the beginning.
      rpc: Array.from({ length: Math.ceil((rate ?? RATE_OF_URL) / RATE_OF_URL) }, () => rpc),
      pollingInterval: pollMs,
      ...(logRange === undefined ? {} : { ethGetLogsBlockRange: logRange }),
    },
  },
  contracts: {
    ModelRegistry: { ...at, abi: MODEL_REGISTRY_ABI, address: deployment.modelRegistry },
    CircuitRegistry: { ...at, abi: CIRCUIT_REGISTRY_ABI, address: deployment.circuitRegistry },
    StakeVault: { ...at, abi: STAKE_VAULT_ABI, address: deployment.stakeVault },
    EnclaveRegistry: { ...at, abi: ENCLAVE_REGISTRY_ABI, address: deployment.enclaveRegistry },
    InferenceRequests: {
      ...at,
      abi: INFERENCE_REQUESTS_ABI,
      address: deployment.inferenceRequests,
    },
    // Apart from the other events of the same contract, since of these alone the receipt is wanted: it says what gas was used.
    Answers: {
      ...at,
      abi: [answered],
      address: deployment.inferenceRequests,
      includeTransactionReceipts: true,
    },
    ReceiptLedger: { ...at, abi: RECEIPT_LEDGER_ABI, address: deployment.receiptLedger },
    Disputes: { ...at, abi: DISPUTES_ABI, address: disputes },
    Quorum: { ...at, abi: QUORUM_ABI, address: quorum ?? NOBODY },
    Scheduler: { ...at, abi: SCHEDULER_ABI, address: schedulerAt },
    ModelFeed: {
      ...at,
      abi: MODEL_FEED_ABI,
      address: factory({
        address: schedulerAt,
        event: getAbiItem({ abi: SCHEDULER_ABI, name: "FeedCreated" }),
        parameter: "feed",
      }),
    },
  },
});
