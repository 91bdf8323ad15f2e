import type { Chain, ChainLog, LogFilter, LogFollower } from "@vouch/chain";
import { followLogs } from "@vouch/chain";
import type { Contracts, Courts, Hex, RequestId } from "@vouch/protocol";
import { decodeRequestParams } from "@vouch/protocol";
import type { Store } from "@vouch/queue";
import { chainCursor } from "@vouch/queue";
import type { Logger } from "pino";
import type { Releases } from "../releases.ts";
import { toPanelItem, toRequestItem } from "./items.ts";
import type { StepQueues } from "./stepQueues.ts";

/** How the chain is read; units as in `WorkerConfig`. */
export type WatchOptions = {
  readonly chainId: bigint;
  readonly startBlock: number;
  readonly confirmations: number;
  readonly blockRange: number;
  readonly pollMs: number;
  readonly reorgDepth: number;
  /** Whether answers of others are looked at. */
  readonly watchesOthers: boolean;
  /** Whether panels are drawn for requests of others. */
  readonly opensPanels: boolean;
};

export type WatchDeps = {
  readonly chain: Chain;
  readonly contracts: Contracts;
  readonly courts: Courts;
  readonly operator: Hex;
  readonly releases: Releases;
  readonly store: Store;
  readonly queues: StepQueues;
  readonly log: Logger;
};

/** A round is over long before. */
const ROUND_SECONDS = 21 * 86_400;

/**
 * Follows the requests that this operator may serve into its queues: what a block asks for and the cursor behind it are stored
 * together, so that no request is missed or taken twice, whatever becomes of the process. What a reorganisation takes back is
 * found to be gone by the step that comes to it.
 */
export async function followRequests(options: WatchOptions, deps: WatchDeps): Promise<LogFollower> {
  const { contracts, courts, store, queues } = deps;
  const address = (await contracts.requests.getAddress()).toLowerCase() as Hex;
  const cursor = chainCursor(store.sql, options.chainId, address);
  const topicOf = (name: "InferenceRequested" | "InferenceFulfilled"): Hex =>
    contracts.requests.interface.getEvent(name).topicHash as Hex;
  const asked = topicOf("InferenceRequested");
  const answered = topicOf("InferenceFulfilled");
  const quorum = courts.panels?.quorum;
  const opened = quorum?.interface.getEvent("RoundOpened").topicHash as Hex | undefined;
  const filters: LogFilter[] = [
    { address, topics: [options.watchesOthers ? [asked, answered] : asked] },
  ];
  if (quorum !== undefined && opened !== undefined)
    filters.push({ address: (await quorum.getAddress()) as Hex, topics: [opened] });

  type Enqueue = (tx: Parameters<typeof queues.infer.enqueue>[1]) => Promise<unknown>;

  /** What a log asks this operator to do. */
  function taskOf(log: ChainLog): Enqueue | undefined {
    const [topic, id] = log.topics;
    if (topic === opened) {
      const deadline = Math.floor(Date.now() / 1_000) + ROUND_SECONDS;
      const item = { key: id as RequestId, deadline, payload: { kind: "round" as const } };
      return (tx) => queues.watch.enqueue(item, tx);
    }
    const parsed = contracts.requests.interface.parseLog({ ...log, topics: [...log.topics] });
    if (parsed === null) return undefined;
    if (topic === answered) {
      if (String(parsed.args["operator"]).toLowerCase() === deps.operator) return undefined;
      const deadline = Math.floor(Date.now() / 1_000) + Number(parsed.args["window"]);
      const item = { key: id as RequestId, deadline, payload: { kind: "foreign" as const } };
      return (tx) => queues.watch.enqueue(item, tx);
    }
    const params = decodeRequestParams(parsed.args["params"] as never); // of the event's own ABI
    if (!deps.releases.has(params.release)) return undefined;
    const watched = { id: id as RequestId, params };
    return async (tx) => {
      await queues.infer.enqueue(toRequestItem(watched, contracts), tx);
      if (!options.opensPanels) return;
      await queues.watch.enqueue(toPanelItem(watched, log.blockNumber, contracts), tx);
    };
  }

  return followLogs(
    {
      confirmations: options.confirmations,
      blockRange: options.blockRange,
      pollIntervalMs: options.pollMs,
      maxReorgDepth: options.reorgDepth,
    },
    {
      chain: deps.chain,
      filters,
      cursor: (await cursor.load()) ?? { next: options.startBlock, blocks: [] },
      log: deps.log,
      commit: ({ logs }, next) =>
        store.sql.transaction(async (tx) => {
          for (const log of logs) await taskOf(log)?.(tx);
          await cursor.save(next, tx);
        }),
    },
  );
}
