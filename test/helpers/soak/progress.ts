import { setTimeout as delay } from "node:timers/promises";
import { InferenceRequests__factory } from "../../../offchain/protocol/typechain/factories/contracts/InferenceRequests__factory.ts";
import type { ChainNode } from "./chainNode.ts";

/** An answer in a block, by the clock of the soak. */
type Seen = { readonly block: number; readonly atMs: number };

/** Watches a node for answers, and tells of its heads. */
export type Progress = {
  /** Answers in blocks, as they were first seen. */
  readonly seen: readonly Seen[];
  readonly head: () => number;
  /** Ends with the soak. */
  readonly done: Promise<void>;
};

const LOOK_MS = 100;
/** Looks in a row that a node may refuse: blocks are replaced within one. */
const MOST_REFUSALS = 50;

/** @param nowMs milliseconds since the soak began */
export function watchProgress(
  node: ChainNode,
  onHead: () => void,
  nowMs: () => number,
  signal: AbortSignal,
): Progress {
  const seen: Seen[] = [];
  const topic =
    InferenceRequests__factory.createInterface().getEvent("InferenceFulfilled").topicHash;
  let head = 0;
  let refusals = 0;

  async function look(): Promise<void> {
    const now = Number(await node.ask("eth_blockNumber", []));
    if (now === head) return;
    const hex = (it: number): string => `0x${it.toString(16)}`;
    const filter = { fromBlock: hex(Math.min(head + 1, now)), toBlock: hex(now), topics: [topic] };
    const logs = await logsOf(filter);
    if (logs === undefined) return;
    head = now;
    for (let i = 0; i < logs.length; i++) seen.push({ block: now, atMs: nowMs() });
    onHead();
  }

  /** Undefined where the node refuses: it has fallen behind meanwhile, and the next look asks for what it has then. */
  async function logsOf(filter: object): Promise<readonly unknown[] | undefined> {
    try {
      const logs = (await node.ask("eth_getLogs", [filter])) as readonly unknown[];
      refusals = 0;
      return logs;
    } catch (error) {
      refusals += 1;
      if (error instanceof TypeError || refusals > MOST_REFUSALS) throw error;
      return undefined;
    }
  }

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      await look().catch(ifDown);
      await delay(LOOK_MS);
    }
  }

  const done = watch();
  done.catch(() => undefined); // told of where it is awaited
  return { seen, head: () => head, done };
}

/** A node that is down is what a soak is for; anything else is an error. */
export function ifDown(error: unknown): void {
  if (!(error instanceof TypeError)) throw error;
}
