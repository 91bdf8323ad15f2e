import type { GasMarket } from "@vouch/chain";
import type { Block } from "ethers";
import { toQuantity } from "ethers";
import type { Logger } from "pino";
import { z } from "zod";
import { WorkerError } from "../errors.ts";
import { messageOf } from "../messageOf.ts";

/** The chain's time in seconds, and what gas costs on it. */
export type ChainMarket = { readonly time: number; readonly gas: GasMarket };

/** What a node answers to. */
export type MarketProvider = {
  readonly getBlock: (tag: "latest") => Promise<Pick<Block, "number" | "timestamp"> | null>;
  readonly send: (method: string, params: unknown[]) => Promise<unknown>;
};

/** Blocks of the recent past: an hour of Ethereum's. */
const PAST_BLOCKS = 300;
const UNKNOWN: GasMarket = { now: 0n, low: 0n, high: 0n };

const historySchema = z.looseObject({
  baseFeePerGas: z
    .array(
      z
        .string()
        .regex(/^0x[0-9a-f]{1,64}$/i)
        .transform(BigInt),
    )
    .min(1),
});

/**
 * Reads what the next block's gas costs beside the last 300 blocks', in wei without the tip. Where a chain tells no history there is
 * no price to wait for: all of it is zero.
 *
 * @throws {WorkerError} `NODE_WITHOUT_BLOCKS`; {ChainError} where no endpoint answers.
 */
export async function readMarket(provider: MarketProvider, log: Logger): Promise<ChainMarket> {
  const block = await provider.getBlock("latest");
  if (block === null) throw new WorkerError({ code: "NODE_WITHOUT_BLOCKS" });
  const time = block.timestamp;
  try {
    const count = toQuantity(Math.min(PAST_BLOCKS, block.number + 1));
    const answer = await provider.send("eth_feeHistory", [count, "latest", []]);
    // In the order of the chain; the last is the next block's.
    const { baseFeePerGas: prices } = historySchema.parse(answer);
    const sorted = prices.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const [now = 0n, low = 0n, high = 0n] = [prices.at(-1), sorted[0], sorted.at(-1)];
    return { time, gas: { now, low, high } };
  } catch (error) {
    log.warn({ error: messageOf(error) }, "gas has no history here: no price is waited for");
    return { time, gas: UNKNOWN };
  }
}
