import { z } from "zod";
import type { ChainLog, ChainReceipt, Header } from "./answers.ts";
import { receiptSchema } from "./answers.ts";
import type { Asker } from "./asker.ts";
import { ask } from "./asker.ts";
import type { BlockRef } from "./blocks.ts";
import { readHeader } from "./blocks.ts";
import { ChainError } from "./errors.ts";
import type { LogFilter } from "./logFilter.ts";
import { matches, mayHold, readLogs } from "./logFilter.ts";
import { refusalText } from "./refusal.ts";

/** Logs of a run of blocks, and the hashes of those whose place in the chain was checked. */
export type BlockLogs = {
  readonly logs: readonly ChainLog[];
  readonly blocks: readonly BlockRef[];
};

const AT_ONCE = 8;

const transactionsSchema = z.object({ transactions: z.array(z.string()) }).nullable();

/**
 * Reads blocks one by one, logs by block hash: a node that has not the block says so, where by number it would answer that
 * there are none. The blocks are the children of `parent` in a row, and a bloom that promises logs where there are none is
 * checked against the block's receipts.
 *
 * @throws {ChainError} `LOGS_INCONSISTENT`, `BLOCK_MISSING`, `ANSWER_INVALID`.
 */
export async function readRecent(
  asker: Asker,
  filters: readonly LogFilter[],
  fromBlock: number,
  toBlock: number,
  parent: BlockRef | undefined,
): Promise<BlockLogs> {
  const logs: ChainLog[] = [];
  const blocks: BlockRef[] = [];
  for (let first = fromBlock; first <= toBlock; first += AT_ONCE) {
    const count = Math.min(AT_ONCE, toBlock - first + 1);
    const read = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const header = await readHeader(asker, first + index);
        return { header, logs: await logsOf(asker, filters, header) };
      }),
    );
    for (const { header, logs: found } of read) {
      requireChild(header, blocks.at(-1) ?? parent);
      blocks.push({ number: header.number, hash: header.hash });
      logs.push(...found);
    }
  }
  return { logs, blocks };
}

/**
 * Reads a range at once. Its last block must be there before and after with one hash, and its first be a child of `parent`.
 *
 * @throws as `readRecent`; errors of the node where it does not give so many blocks at once.
 */
export async function readRange(
  asker: Asker,
  filters: readonly LogFilter[],
  fromBlock: number,
  toBlock: number,
  parent: BlockRef | undefined,
): Promise<BlockLogs> {
  const last = await readHeader(asker, toBlock);
  if (parent !== undefined) requireChild(await readHeader(asker, fromBlock), parent);
  const logs = await readLogs(asker, filters, { fromBlock, toBlock });
  const after = await readHeader(asker, toBlock);
  if (after.hash !== last.hash) throw inconsistent(toBlock, "it was replaced while it was read");
  for (const { blockNumber, blockHash } of logs) {
    if (blockNumber < fromBlock || blockNumber > toBlock)
      throw inconsistent(blockNumber, "it was not asked for");
    if (blockNumber === toBlock && blockHash !== last.hash)
      throw inconsistent(blockNumber, "its logs are of another block");
  }
  return { logs, blocks: [{ number: last.number, hash: last.hash }] };
}

async function logsOf(
  asker: Asker,
  filters: readonly LogFilter[],
  { number, hash, logsBloom }: Header,
): Promise<readonly ChainLog[]> {
  const logs = await readLogs(asker, filters, { blockHash: hash });
  if (logs.some((it) => it.blockHash !== hash))
    throw inconsistent(number, "its logs are of another block");
  const isPromised = logsBloom !== undefined && filters.some((it) => mayHold(logsBloom, it));
  if (logs.length === 0 && isPromised && (await receiptsHold(asker, filters, hash)))
    throw inconsistent(number, "its logs are missing");
  return logs;
}

/** Whether the block's receipts have logs of the filters; a node that gives no receipts is believed. */
async function receiptsHold(
  asker: Asker,
  filters: readonly LogFilter[],
  hash: string,
): Promise<boolean> {
  const receipts =
    (await unlessRefused(ask(asker, z.array(receiptSchema), "eth_getBlockReceipts", [hash]))) ??
    (await receiptsOneByOne(asker, hash));
  const found = receipts.flatMap(({ logs }) => logs);
  return found.some((log) => filters.some((it) => matches(log, it)));
}

/** Of a node that does not give a block's receipts at once, as Hardhat's. */
async function receiptsOneByOne(asker: Asker, hash: string): Promise<readonly ChainReceipt[]> {
  const block = await ask(asker, transactionsSchema, "eth_getBlockByHash", [hash, false]);
  const hashes = block?.transactions ?? [];
  const receipts: ChainReceipt[] = [];
  for (let first = 0; first < hashes.length; first += AT_ONCE) {
    const some = hashes.slice(first, first + AT_ONCE);
    const read = await Promise.all(
      some.map((it) =>
        unlessRefused(ask(asker, receiptSchema.nullable(), "eth_getTransactionReceipt", [it])),
      ),
    );
    receipts.push(...read.flatMap((it) => it ?? []));
  }
  return receipts;
}

/** Undefined where the node says that it has no such method, or not what is asked for. */
async function unlessRefused<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (
      /not (?:found|supported|available)|does not exist|unknown|invalid/i.test(refusalText(error))
    )
      return undefined;
    throw error;
  }
}

function requireChild({ number, parentHash }: Header, parent: BlockRef | undefined): void {
  if (parent?.number === number - 1 && parent.hash !== parentHash)
    throw inconsistent(number, "it is no child of the block before it");
}

function inconsistent(block: number, reason: string): ChainError {
  return new ChainError({ code: "LOGS_INCONSISTENT", block, reason });
}
