import { setTimeout as delay } from "node:timers/promises";
import hre from "hardhat";
import type { Connection } from "../../../offchain/hardhat/tasks/openChain.ts";
import { findAnvil } from "../anvil.ts";
import type { Upstream } from "../faultyRpc.ts";
import { startAnvilProcess } from "./anvilProcess.ts";

/** A node that makes a block every second once it is told to, and does what nodes do at their worst. */
export type ChainNode = {
  readonly name: "anvil" | "hardhat";
  /** Fails with an error without a code while the node is down. */
  readonly ask: Upstream;
  readonly connection: Connection;
  readonly isUp: () => boolean;
  /** From here on, blocks come by the clock instead of by transactions. */
  readonly startClock: () => Promise<void>;
  /** Replaces the last blocks by others without their transactions. */
  readonly reorganise: (depth: number) => Promise<void>;
  /** Kills the process and starts it after so long over what it had written; undefined where it cannot be killed. */
  readonly crash: ((downMs: number) => Promise<void>) | undefined;
  readonly close: () => Promise<void>;
};

const BLOCK_SECONDS = 1;

/** Starts anvil where it is installed; else Hardhat's chain within this process, and says what that leaves out. */
export async function startChainNode(say: (line: string) => void): Promise<ChainNode> {
  const path = findAnvil();
  if (path !== undefined) return startAnvilNode(path);
  say("anvil is not installed: kills of the chain node are NOT TRIED, its blocks are Hardhat's.");
  return startHardhatNode();
}

async function startAnvilNode(path: string): Promise<ChainNode> {
  const anvil = await startAnvilProcess(path, BLOCK_SECONDS);
  const connection = await hre.network.create({
    network: "localhost",
    override: { url: anvil.url },
  });
  return {
    name: "anvil",
    ask: anvil.ask,
    connection,
    isUp: anvil.isUp,
    startClock: anvil.startClock,
    async reorganise(depth) {
      await untilBlocks(anvil.ask, depth + 1, anvil.startedAt());
      await anvil.ask("anvil_reorg", [depth, []]);
    },
    crash: anvil.crash,
    async close() {
      await connection.close();
      await anvil.close();
    },
  };
}

async function startHardhatNode(): Promise<ChainNode> {
  const connection = await hre.network.create();
  const ask: Upstream = (method, params) =>
    connection.provider.request({ method, params: [...params] });
  return {
    name: "hardhat",
    ask,
    connection,
    isUp: () => true,
    async startClock() {
      await ask("evm_setAutomine", [false]);
      await ask("evm_setIntervalMining", [BLOCK_SECONDS * 1_000]);
    },
    async reorganise(depth) {
      const snapshot = await ask("evm_snapshot", []);
      await untilBlocks(ask, depth, Number(await ask("eth_blockNumber", [])));
      await ask("evm_revert", [snapshot]);
      await ask("evm_increaseTime", [depth + 1]); // other times, other hashes
      for (let mined = 0; mined <= depth; mined++) await ask("evm_mine", []);
    },
    crash: undefined,
    close: () => connection.close(),
  };
}

/** Nothing can be taken back of a chain that a node knows too little of. */
async function untilBlocks(ask: Upstream, blocks: number, from: number): Promise<void> {
  while (Number(await ask("eth_blockNumber", [])) < from + blocks) await delay(100);
}
