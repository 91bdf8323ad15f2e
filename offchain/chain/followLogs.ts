import type { Logger } from "pino";
import { z } from "zod";
import type { ChainLog } from "./answers.ts";
import type { Asker, Chain } from "./asker.ts";
import { pinnedOf } from "./asker.ts";
import type { BlockRef } from "./blocks.ts";
import { readHead } from "./blocks.ts";
import { backOff } from "./backOff.ts";
import { ChainError } from "./errors.ts";
import { findFork } from "./findFork.ts";
import type { LogCursor } from "./logCursor.ts";
import { advanced, rolledBack } from "./logCursor.ts";
import type { LogFilter } from "./logFilter.ts";
import { messageOf } from "./messageOf.ts";
import { parseOptions } from "./parseOptions.ts";
import type { BlockLogs } from "./readBlocks.ts";
import { readRange, readRecent } from "./readBlocks.ts";
import { untilHead } from "./untilHead.ts";

const optionsSchema = z.object({
  /** The first block that is handed out. */
  firstBlock: z.number().int().nonnegative().default(0),
  /** Blocks that must lie on top of one for it to be handed out. */
  confirmations: z.number().int().nonnegative().default(0),
  /** Blocks whose hashes are kept: a reorganisation of what was handed out may go so deep. */
  maxReorgDepth: z.number().int().positive().default(64),
  /** Most blocks of a batch; fewer where the node gives no more at once. */
  blockRange: z.number().int().positive().default(2_000),
  /** Milliseconds between looks at the head, where nobody tells of a new one. */
  pollIntervalMs: z.number().int().positive().default(2_000),
});

/** How logs are followed; see the schema for units and defaults. */
export type FollowOptions = z.input<typeof optionsSchema>;

/** Blocks that were read, both ends included; where they are removed, everything that came of them is to be undone. */
export type LogBatch = {
  readonly fromBlock: number;
  readonly toBlock: number;
  readonly removed: boolean;
  /** In the order of the chain; none where the blocks are removed. */
  readonly logs: readonly ChainLog[];
};

/** What following works with. */
export type FollowDeps = {
  readonly chain: Chain;
  readonly filters: readonly LogFilter[];
  /** Where the last `commit` left off; absent, reading begins at the first block. */
  readonly cursor: LogCursor | undefined;
  /**
   * Stores the effects of a batch and the cursor behind it, in one transaction. Where it fails, the same blocks are handed out
   * again.
   */
  readonly commit: (batch: LogBatch, cursor: LogCursor) => Promise<void>;
  readonly log: Logger;
};

/** Logs as a chain grows, each of every block once for each time that the block is part of the chain. */
export type LogFollower = {
  /**
   * Follows until `signal` aborts. What a node does not answer or answers wrongly is tried again, at another where there is one.
   *
   * @throws {ChainError} `REORG_TOO_DEEP`: somebody has to decide where to begin anew.
   */
  readonly start: (signal: AbortSignal) => Promise<void>;
  /** Hands out the next batch; false where there is none yet. */
  readonly poll: () => Promise<boolean>;
  readonly cursor: () => LogCursor;
};

/** @throws {ChainError} `OPTIONS_INVALID`. */
export function followLogs(
  followOptions: FollowOptions,
  { chain, filters, cursor: start, commit, log }: FollowDeps,
): LogFollower {
  const options = parseOptions(optionsSchema, followOptions);
  const { firstBlock, confirmations, maxReorgDepth, blockRange, pollIntervalMs } = options;
  let cursor = start ?? { next: firstBlock, blocks: [] };
  let range = blockRange;

  async function poll(): Promise<boolean> {
    const asker = pinnedOf(chain);
    try {
      return await step(asker);
    } catch (error) {
      if (error instanceof ChainError && isContradiction(error)) asker.distrust?.(error.message);
      throw error;
    }
  }

  async function step(asker: Asker): Promise<boolean> {
    const head = await readHead(asker);
    const newest = cursor.blocks.at(-1);
    if (newest !== undefined) {
      const fork = await findFork(asker, cursor.blocks);
      if (fork === undefined) return false; // a node that is behind what was read
      if (fork < cursor.blocks.length - 1) {
        await takeBack(newest.number, cursor.blocks[fork]);
        return true;
      }
    }
    const last = head.number - confirmations;
    if (cursor.next > last) return false;
    // What may still be replaced is read block by block, and its hashes are kept.
    const recent = Math.max(head.number - maxReorgDepth + 1, 0);
    const fromBlock = cursor.next;
    const toBlock =
      fromBlock < recent
        ? Math.min(recent - 1, last, fromBlock + range - 1)
        : Math.min(last, fromBlock + blockRange - 1);
    const read =
      fromBlock < recent
        ? await readFitting(asker, fromBlock, toBlock)
        : await readNewest(asker, fromBlock, toBlock, recent);
    const to = read.blocks.at(-1)?.number ?? toBlock;
    await handOut(
      { fromBlock, toBlock: to, removed: false, logs: read.logs },
      advanced(cursor, to + 1, read.blocks, maxReorgDepth),
    );
    return true;
  }

  async function takeBack(toBlock: number, fork: BlockRef | undefined): Promise<void> {
    if (fork === undefined) {
      const oldest = cursor.blocks[0]?.number ?? 0;
      throw new ChainError({ code: "REORG_TOO_DEEP", oldest, depth: cursor.blocks.length });
    }
    const fromBlock = Math.max(fork.number + 1, firstBlock);
    log.warn({ fromBlock, toBlock }, "blocks were replaced");
    const batch = { fromBlock, toBlock, removed: true, logs: [] };
    await handOut(batch, rolledBack(cursor, fork.number, fromBlock));
  }

  /** The first time, keeps the blocks before as well: a reorganisation may begin before the first that is handed out. */
  async function readNewest(
    asker: Asker,
    fromBlock: number,
    toBlock: number,
    recent: number,
  ): Promise<BlockLogs> {
    const newest = cursor.blocks.at(-1);
    if (newest !== undefined) return readRecent(asker, filters, fromBlock, toBlock, newest);
    const before = await readRecent(asker, [], recent, fromBlock - 1, undefined);
    const parent = before.blocks.at(-1);
    const { logs, blocks } = await readRecent(asker, filters, fromBlock, toBlock, parent);
    return { logs, blocks: [...before.blocks, ...blocks] };
  }

  /** Halves the range until the node gives it; a range that it gave grows by a quarter. */
  async function readFitting(asker: Asker, fromBlock: number, toBlock: number): Promise<BlockLogs> {
    for (let last = toBlock; ;) {
      const count = last - fromBlock + 1;
      try {
        const read = await readRange(asker, filters, fromBlock, last, cursor.blocks.at(-1));
        range = Math.min(blockRange, Math.max(range, Math.ceil(count * 1.25)));
        return read;
      } catch (error) {
        range = Math.max(Math.floor(count / 2), 1);
        if (error instanceof ChainError || count === 1) throw error; // too slow an answer is one of these
        log.debug({ fromBlock, range }, "the node refuses a range of blocks");
        last = fromBlock + range - 1;
      }
    }
  }

  async function handOut(batch: LogBatch, next: LogCursor): Promise<void> {
    await commit(batch, next);
    cursor = next;
  }

  async function follow(signal: AbortSignal): Promise<void> {
    const isAborted = (): boolean => signal.aborted;
    let failures = 0;
    while (!isAborted()) {
      try {
        while ((await poll()) && !isAborted()) failures = 0;
        failures = 0;
      } catch (error) {
        if (error instanceof ChainError && error.code === "REORG_TOO_DEEP") throw error;
        failures += 1;
        log.warn({ failures, error: messageOf(error) }, "logs not read; trying again");
      }
      const wait = backOff(pollIntervalMs, failures);
      await untilHead(failures === 0 ? chain : undefined, wait, signal);
    }
  }

  return { start: follow, poll, cursor: () => cursor };
}

function isContradiction({ code }: ChainError): boolean {
  return code === "LOGS_INCONSISTENT" || code === "BLOCK_MISSING" || code === "ANSWER_INVALID";
}
