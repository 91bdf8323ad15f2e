import type { Hex } from "@vouch/protocol";
import { id, toBeHex, toQuantity } from "ethers";
import type { Upstream } from "./faultyRpc.ts";

export const FAKE_CHAIN_ID = 4711;
export const FAKE_EMITTER: Hex = "0x00000000000000000000000000000000000e4177";

type FakeLog = { readonly blockNumber: string; readonly blockHash: string; readonly data: string };
type FakeBlock = {
  readonly hash: string;
  readonly number: number;
  readonly logs: readonly FakeLog[];
};

/** A chain of blocks with logs and nothing else, made as a test wants it. */
export type FakeChain = {
  readonly ask: Upstream;
  readonly head: () => number;
  /** Adds blocks with so many logs each. */
  readonly mine: (blocks?: number, logs?: number) => void;
  /** Replaces the last blocks by as many others, and one more. */
  readonly reorganise: (depth: number) => void;
  /** Takes the last blocks away, as a node does that is set back. */
  readonly setBack: (blocks: number) => void;
  /** What each log of the chain holds, in order. */
  readonly data: () => readonly string[];
};

const FULL_BLOOM = `0x${"ff".repeat(256)}`;

export function fakeChain(): FakeChain {
  const blocks: FakeBlock[] = [];
  let made = 0;

  function mine(count = 1, logs = 1): void {
    for (let mined = 0; mined < count; mined++) {
      const number = blocks.length;
      const hash = id(`block ${made++}`);
      blocks.push({
        number,
        hash,
        logs: Array.from({ length: logs }, (_, index) => ({
          address: FAKE_EMITTER,
          topics: [id("Logged()")],
          data: toBeHex(made * 1000 + index, 32),
          blockNumber: toQuantity(number),
          blockHash: hash,
          transactionHash: id(`transaction ${made}`),
          logIndex: toQuantity(index),
        })),
      });
    }
  }

  function header(number: number): object | null {
    const block = blocks[number];
    if (block === undefined) return null;
    return {
      number: toQuantity(number),
      hash: block.hash,
      parentHash: blocks[number - 1]?.hash ?? id("nothing"),
      timestamp: toQuantity(number * 12),
      logsBloom: FULL_BLOOM,
      transactions: [],
    };
  }

  function byHash(hash: unknown): FakeBlock {
    const block = blocks.find((it) => it.hash === hash);
    if (block === undefined) throw Object.assign(new Error("unknown block"), { code: -32000 });
    return block;
  }

  function receiptOf({ logs, hash, number }: FakeBlock) {
    const transactionHash = id(`receipt of ${hash}`);
    return {
      transactionHash,
      blockNumber: toQuantity(number),
      blockHash: hash,
      gasUsed: "0x1",
      logs,
    };
  }

  function answer(method: string, [first]: readonly unknown[]): unknown {
    switch (method) {
      case "eth_chainId":
        return toQuantity(FAKE_CHAIN_ID);
      case "eth_blockNumber":
        return toQuantity(blocks.length - 1);
      case "eth_getBlockByNumber":
        return header(first === "latest" ? blocks.length - 1 : Number(first));
      case "eth_getLogs": {
        const { fromBlock, toBlock, blockHash } = first as Readonly<Record<string, string>>;
        if (blockHash !== undefined) return byHash(blockHash).logs;
        return blocks.slice(Number(fromBlock), Number(toBlock) + 1).flatMap(({ logs }) => logs);
      }
      case "eth_getBlockReceipts":
        return [receiptOf(byHash(first))];
      case "eth_getBlockByHash":
        return { transactions: [receiptOf(byHash(first)).transactionHash] };
      case "eth_getTransactionReceipt":
        return blocks.map(receiptOf).find(({ transactionHash }) => transactionHash === first);
      default:
        throw Object.assign(new Error(`the method ${method} does not exist`), { code: -32601 });
    }
  }

  mine();
  return {
    ask: (method, params) => Promise.resolve().then(() => answer(method, params)),
    head: () => blocks.length - 1,
    mine,
    reorganise(depth) {
      blocks.splice(-depth);
      mine(depth + 1);
    },
    setBack(count) {
      blocks.splice(-count);
    },
    data: () => blocks.flatMap(({ logs }) => logs.map(({ data }) => data)),
  };
}
